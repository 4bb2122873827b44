using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>What became of one field: <c>[code, type, value]</c>. The value is empty unless the code is <see cref="ErrorCode.None"/>.</summary>
/// <param name="Code">Success, or what kept this field (and no other) from being transformed.</param>
/// <param name="Type">The type of the result.</param>
/// <param name="Value">The result.</param>
public readonly record struct TransformResult(ErrorCode Code, DataType Type, ReadOnlyMemory<byte> Value)
{
    /// <summary>Reads the results of one group behind each other into <paramref name="results"/>; the values are copied out of the frame.</summary>
    public static void ReadGroup(ref MessagePackReader reader, Span<TransformResult> results)
    {
        Wire.ReadArray(ref reader, results.Length);
        for (int i = 0; i < results.Length; i++)
        {
            Wire.ReadArray(ref reader, 3);
            results[i] = new((ErrorCode)reader.ReadUInt16(), (DataType)reader.ReadByte(), Wire.ReadBytes(ref reader, int.MaxValue).ToArray());
        }
    }
}
