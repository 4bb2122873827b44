using E3.Relay.Rules;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>One selected value and what became of it.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Type">The type of the value.</param>
/// <param name="Value">The value, decoded.</param>
/// <param name="NewType">The type of the new value; null when the value stays.</param>
/// <param name="NewValue">The new value, decoded; null when the value stays.</param>
/// <param name="Place">Where the value stands.</param>
internal sealed record TracedField(FieldOperation Operation, FieldType Type, string Value, FieldType? NewType, string? NewValue, FieldPlace Place);
