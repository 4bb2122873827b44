using System.Buffers;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.State;

/// <summary>
/// One entry of an app's state, sealed under the root key: <c>[1, position, previous head, app, purpose, key version, key id, attachment, nonce, sealed]</c>.
/// Everything in front of the nonce, as written, is the additional data of AES-256-GCM; <c>sealed</c> is ciphertext ‖ tag of the 32-byte key (of 32 zero bytes in a record).
/// </summary>
public sealed class SealedEntry
{
    /// <summary>Bytes of a GCM nonce.</summary>
    public const int NonceBytes = 12;

    /// <summary>Bytes of a key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Bytes of a key, sealed.</summary>
    public const int SealedBytes = KeyBytes + 16;

    /// <summary>Bytes of a key id.</summary>
    public const int KeyIdBytes = 8;

    /// <summary>The most bytes of an attachment.</summary>
    public const int AttachmentBytesMax = 640;

    private const byte FormatVersion = 1;

    /// <summary>The entry's place in the chain, from 1.</summary>
    public required ulong Position { get; init; }

    /// <summary>The head of the chain in front of this entry.</summary>
    public required ReadOnlyMemory<byte> PreviousHead { get; init; }

    /// <summary>The app.</summary>
    public required string App { get; init; }

    /// <summary>What the key is for.</summary>
    public required KeyPurpose Purpose { get; init; }

    /// <summary>The key's version, from 1, counted for each app and purpose.</summary>
    public required uint KeyVersion { get; init; }

    /// <summary>The key's id: 8 random bytes, unique in the fleet. In a retirement the id of the key that is retired.</summary>
    public required ReadOnlyMemory<byte> KeyId { get; init; }

    /// <summary>
    /// Authenticated, not secret: the uncompressed point (65 bytes, SEC 1 section 2.3.3) of a key pair, so that loading need not compute it; the signed document of a policy record; else empty.
    /// </summary>
    public ReadOnlyMemory<byte> Attachment { get; init; }

    /// <summary>The nonce of the sealing.</summary>
    public ReadOnlyMemory<byte> Nonce { get; init; }

    /// <summary>Ciphertext and tag.</summary>
    public ReadOnlyMemory<byte> Sealed { get; init; }

    /// <summary>Reads an entry. Only the one encoding that <see cref="Write"/> gives is accepted, so that a state has one chain head.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out SealedEntry entry)
    {
        entry = null!;
        return bytes.Length <= ProtocolLimits.EntryBytesMax
            && Wire.TryRead(bytes, Read, out entry)
            && entry.Write(entry.Nonce.Span, entry.Sealed.Span).AsSpan().SequenceEqual(bytes.Span);
    }

    /// <summary>The additional data of the sealing.</summary>
    public byte[] AssociatedData() => Wire.Write(WriteHeader);

    /// <summary>The whole entry: this header, and the sealing over it.</summary>
    public byte[] Write(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> sealedKey)
    {
        var buffer = new ArrayBufferWriter<byte>(ProtocolLimits.EntryBytesMax);
        var writer = new MessagePackWriter(buffer);
        WriteHeader(ref writer);
        writer.Write(nonce);
        writer.Write(sealedKey);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private void WriteHeader(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(10);
        writer.Write(FormatVersion);
        writer.Write(Position);
        writer.Write(PreviousHead.Span);
        writer.Write(App);
        writer.Write((byte)Purpose);
        writer.Write(KeyVersion);
        writer.Write(KeyId.Span);
        writer.Write(Attachment.Span);
    }

    private static SealedEntry Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 10);
        if (reader.ReadByte() != FormatVersion)
            throw Wire.Malformed();
        return new()
        {
            Position = reader.ReadUInt64(),
            PreviousHead = Wire.ReadExactly(ref reader, StateChain.HeadBytes),
            App = Wire.ReadName(ref reader),
            Purpose = (KeyPurpose)reader.ReadByte(),
            KeyVersion = reader.ReadUInt32(),
            KeyId = Wire.ReadExactly(ref reader, KeyIdBytes),
            Attachment = Wire.ReadBytes(ref reader, AttachmentBytesMax),
            Nonce = Wire.ReadExactly(ref reader, NonceBytes),
            Sealed = Wire.ReadExactly(ref reader, SealedBytes),
        };
    }
}
