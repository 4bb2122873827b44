using E3.Relay.Enclave.Protocol.State;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>What may be known of a key: <c>[purpose, version, key id, public key, retired]</c>. The answer of GetPublicKeys (whose request is <c>[app]</c>) is an array of them.</summary>
/// <param name="Purpose">What it is for.</param>
/// <param name="Version">Its version.</param>
/// <param name="KeyId">Its id.</param>
/// <param name="PublicKey">The uncompressed point (65 bytes, SEC 1 section 2.3.3) of a key pair; empty for a symmetric key.</param>
/// <param name="Retired">True when it opens, but seals no more.</param>
public sealed record KeyDescription(KeyPurpose Purpose, uint Version, ReadOnlyMemory<byte> KeyId, ReadOnlyMemory<byte> PublicKey, bool Retired)
{
    private const int PointBytes = 65;

    /// <summary>Writes the answer of GetPublicKeys.</summary>
    public static void Write(ref MessagePackWriter writer, IReadOnlyList<KeyDescription> keys)
    {
        writer.WriteArrayHeader(keys.Count);
        foreach (KeyDescription key in keys)
        {
            writer.WriteArrayHeader(5);
            writer.Write((byte)key.Purpose);
            writer.Write(key.Version);
            writer.Write(key.KeyId.Span);
            writer.Write(key.PublicKey.Span);
            writer.Write(key.Retired);
        }
    }

    /// <summary>Reads the answer of GetPublicKeys.</summary>
    public static KeyDescription[] Read(ref MessagePackReader reader)
    {
        var keys = new KeyDescription[Wire.ReadArrayUpTo(ref reader, ProtocolLimits.EntriesMax)];
        for (int i = 0; i < keys.Length; i++)
        {
            Wire.ReadArray(ref reader, 5);
            keys[i] = new(
                (KeyPurpose)reader.ReadByte(), reader.ReadUInt32(), Wire.ReadExactly(ref reader, SealedEntry.KeyIdBytes), Wire.ReadBytes(ref reader, PointBytes), reader.ReadBoolean());
        }

        return keys;
    }
}
