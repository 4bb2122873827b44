using E3.Relay.Enclave.Protocol.State;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>Request of SetReady: <c>[chain length, chain head]</c> as the helper computed them.</summary>
/// <param name="Length">Sealed entries.</param>
/// <param name="Head">Head of the chain.</param>
public sealed record Checksum(ulong Length, ReadOnlyMemory<byte> Head)
{
    /// <summary>Writes the request.</summary>
    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(2);
        writer.Write(Length);
        writer.Write(Head.Span);
    }

    /// <summary>Reads the request.</summary>
    public static Checksum Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 2);
        return new(reader.ReadUInt64(), Wire.ReadExactly(ref reader, StateChain.HeadBytes));
    }
}
