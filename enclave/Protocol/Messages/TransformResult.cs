using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>What became of one field: <c>[code, type, value]</c>. The value is empty unless the code is <see cref="ErrorCode.None"/>.</summary>
/// <param name="Code">Success, or what kept this field (and no other) from being transformed.</param>
/// <param name="Type">The type of the result.</param>
/// <param name="Value">The result.</param>
public readonly record struct TransformResult(ErrorCode Code, DataType Type, ReadOnlyMemory<byte> Value)
{
    /// <summary>Reads the results of a whole Transform into an array of their own; the values are copied out of the frame.</summary>
    public static TransformResult[] ReadAll(ref MessagePackReader reader, int expected)
    {
        Wire.ReadArray(ref reader, expected);
        var results = new TransformResult[expected];
        for (int i = 0; i < expected; i++)
        {
            Wire.ReadArray(ref reader, 3);
            results[i] = new((ErrorCode)reader.ReadUInt16(), (DataType)reader.ReadByte(), Wire.ReadBytes(ref reader, int.MaxValue).ToArray());
        }

        return results;
    }
}
