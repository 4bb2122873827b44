using System.Security.Cryptography;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.Documents;

/// <summary>
/// The administrators' word that a root key, known by its commitment only, is the root of a fleet.
/// Body of a <see cref="DocumentKind.Genesis"/> document: <c>[1, fleet id, root commitment]</c>.
/// </summary>
public sealed record Genesis(ReadOnlyMemory<byte> FleetId, ReadOnlyMemory<byte> RootCommitment)
{
    /// <summary>Bytes of a fleet id.</summary>
    public const int FleetIdBytes = 16;

    /// <summary>Bytes of a root commitment.</summary>
    public const int CommitmentBytes = 32;

    private const byte FormatVersion = 1;

    /// <summary>The commitment to a root key: SHA-256 over a domain string, the fleet id and the key. The key is 32 random bytes, so the hash hides it.</summary>
    public static byte[] Commit(ReadOnlySpan<byte> fleetId, ReadOnlySpan<byte> rootKey)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("E3-ROOT-COMMITMENT-V1\0"u8);
        hash.AppendData(fleetId);
        hash.AppendData(rootKey);
        return hash.GetHashAndReset();
    }

    /// <summary>Reads the body.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> body, out Genesis genesis) => Wire.TryRead(
        body,
        static (ref MessagePackReader reader) =>
        {
            Wire.ReadArray(ref reader, 3);
            return reader.ReadByte() == FormatVersion
                ? new Genesis(Wire.ReadExactly(ref reader, FleetIdBytes), Wire.ReadExactly(ref reader, CommitmentBytes))
                : throw Wire.Malformed();
        },
        out genesis);

    /// <summary>Writes the body.</summary>
    public byte[] Write() => Wire.Write((ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(3);
        writer.Write(FormatVersion);
        writer.Write(FleetId.Span);
        writer.Write(RootCommitment.Span);
    });
}
