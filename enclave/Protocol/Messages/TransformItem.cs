namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>One field of a group.</summary>
/// <param name="Type">The value's type; <see cref="DataType.String"/> for a token.</param>
/// <param name="Value">The value's bytes: text as UTF-8, numbers in their spelling, booleans as <c>true</c> or <c>false</c>.</param>
public readonly record struct TransformItem(DataType Type, ReadOnlyMemory<byte> Value);
