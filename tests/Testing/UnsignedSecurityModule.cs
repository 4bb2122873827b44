using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace E3.Relay.Testing;

/// <summary>
/// Answers the two requests that an engine makes of a Nitro security module, GetRandom and Attestation, in CBOR (RFC 8949). Its documents are signed by nobody: they tell the time and no more.
/// </summary>
public sealed class UnsignedSecurityModule(TimeProvider time)
{
    private const byte Null = 0xF6;

    /// <summary>The RSA key of the last attestation request; empty when it had none.</summary>
    public byte[] LastPublicKey { get; private set; } = [];

    /// <summary>The user data of the last attestation request.</summary>
    public byte[] LastUserData { get; private set; } = [];

    /// <summary>The nonce of the last attestation request.</summary>
    public byte[] LastNonce { get; private set; } = [];

    /// <summary>Answers one request.</summary>
    /// <exception cref="InvalidDataException">It is none of the two.</exception>
    public byte[] Answer(ReadOnlySpan<byte> request)
    {
        if (request.SequenceEqual(Text("GetRandom")))
            return [0xA1, .. Text("GetRandom"), 0xA1, .. Text("random"), .. Bytes(RandomNumberGenerator.GetBytes(256))];
        if (!request.StartsWith((byte[])[0xA1, .. Text("Attestation"), 0xA3]))
            throw new InvalidDataException("Neither GetRandom nor Attestation.");
        LastUserData = Find(request, "user_data");
        LastNonce = Find(request, "nonce");
        LastPublicKey = Find(request, "public_key");
        return [0xA1, .. Text("Attestation"), 0xA1, .. Text("document"), .. Bytes(Document())];
    }

    // COSE_Sign1 (RFC 9052 section 4.2) without a signature.
    private byte[] Document()
    {
        byte[] timestamp = new byte[1 + sizeof(long)];
        timestamp[0] = 0x1B;
        BinaryPrimitives.WriteInt64BigEndian(timestamp.AsSpan(1), time.GetUtcNow().ToUnixTimeMilliseconds());
        byte[] payload = [0xA2, .. Text("module_id"), .. Text("none"), .. Text("timestamp"), .. timestamp];
        return [0x84, .. Bytes([]), 0xA0, .. Bytes(payload), .. Bytes(new byte[96])];
    }

    private static byte[] Find(ReadOnlySpan<byte> request, string name)
    {
        byte[] key = Text(name);
        int start = request.IndexOf(key);
        if (start < 0)
            throw new InvalidDataException($"No {name}.");
        ReadOnlySpan<byte> value = request[(start + key.Length)..];
        return value[0] switch
        {
            Null => [],
            >= 0x40 and < 0x58 => value.Slice(1, value[0] - 0x40).ToArray(),
            0x58 => value.Slice(2, value[1]).ToArray(),
            0x59 => value.Slice(3, BinaryPrimitives.ReadUInt16BigEndian(value[1..])).ToArray(),
            _ => throw new InvalidDataException($"{name} is no byte string."),
        };
    }

    private static byte[] Text(string text) => [(byte)(0x60 + text.Length), .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Bytes(byte[] bytes) => [0x59, (byte)(bytes.Length >> 8), (byte)(bytes.Length & 0xFF), .. bytes];
}
