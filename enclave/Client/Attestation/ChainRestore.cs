using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.State;
using MessagePack;

namespace E3.Relay.Enclave.Client.Attestation;

/// <summary>
/// The administrators' word that a fleet was put back on purpose to a state that is behind what callers have seen. Body of a <see cref="DocumentKind.Restore"/> document:
/// <c>[1, fleet id, serial, root commitment, chain length, chain head]</c>.
/// </summary>
/// <param name="FleetId">The fleet, 16 bytes.</param>
/// <param name="Serial">Rises with each restore: a witness follows each of them once.</param>
/// <param name="RootCommitment">The commitment to the root key of the state, 32 bytes.</param>
/// <param name="Length">Its sealed entries.</param>
/// <param name="Head">Head of their chain, 32 bytes.</param>
public sealed record ChainRestore(ReadOnlyMemory<byte> FleetId, ulong Serial, ReadOnlyMemory<byte> RootCommitment, ulong Length, ReadOnlyMemory<byte> Head)
{
    private const byte FormatVersion = 1;

    /// <summary>Reads the body.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> body, out ChainRestore restore) => Wire.TryRead(
        body,
        static (ref MessagePackReader reader) =>
        {
            Wire.ReadArray(ref reader, 6);
            return reader.ReadByte() == FormatVersion
                ? new ChainRestore(
                    Wire.ReadExactly(ref reader, Genesis.FleetIdBytes), reader.ReadUInt64(), Wire.ReadExactly(ref reader, Genesis.CommitmentBytes), reader.ReadUInt64(),
                    Wire.ReadExactly(ref reader, StateChain.HeadBytes))
                : throw Wire.Malformed();
        },
        out restore);

    /// <summary>Writes the body.</summary>
    public byte[] Write() => Wire.Write((ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(6);
        writer.Write(FormatVersion);
        writer.Write(FleetId.Span);
        writer.Write(Serial);
        writer.Write(RootCommitment.Span);
        writer.Write(Length);
        writer.Write(Head.Span);
    });
}
