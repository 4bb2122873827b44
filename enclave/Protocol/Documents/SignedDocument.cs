using System.Buffers.Binary;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.Framing;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.Documents;

/// <summary>
/// An administrative document: <c>[kind, body, [[key id, signature], …]]</c> in MessagePack. Each signature is ECDSA P-256 with SHA-256, r ‖ s,
/// over the domain string, the kind and the body as they stand.
/// </summary>
public sealed class SignedDocument
{
    private const int SignaturesMax = 16;
    private readonly (ReadOnlyMemory<byte> KeyId, ReadOnlyMemory<byte> Signature)[] _signatures;

    private SignedDocument(DocumentKind kind, ReadOnlyMemory<byte> body, (ReadOnlyMemory<byte>, ReadOnlyMemory<byte>)[] signatures)
    {
        Kind = kind;
        Body = body;
        _signatures = signatures;
    }

    /// <summary>What the body is.</summary>
    public DocumentKind Kind { get; }

    /// <summary>The body. It says nothing before <see cref="IsSignedBy"/> was asked.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    private static ReadOnlySpan<byte> Domain => "E3-ADMIN-DOCUMENT-V1\0"u8;

    /// <summary>Reads the envelope.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out SignedDocument document)
    {
        document = null!;
        return bytes.Length <= ProtocolLimits.DocumentBytesMax && Wire.TryRead(bytes, Read, out document);
    }

    /// <summary>Makes a document with one signature.</summary>
    public static byte[] Sign(DocumentKind kind, ReadOnlySpan<byte> body, params ReadOnlySpan<ECDsa> administrators)
    {
        byte[] bodyBytes = body.ToArray();
        byte[] digest = Digest(kind, body);
        var signatures = new (byte[] KeyId, byte[] Signature)[administrators.Length];
        for (int i = 0; i < administrators.Length; i++)
            signatures[i] = (KeyId(administrators[i].ExportSubjectPublicKeyInfo()), administrators[i].SignHash(digest));
        return Wire.Write((ref MessagePackWriter writer) =>
        {
            writer.WriteArrayHeader(3);
            writer.Write((byte)kind);
            writer.Write(bodyBytes);
            writer.WriteArrayHeader(signatures.Length);
            foreach ((byte[] keyId, byte[] signature) in signatures)
            {
                writer.WriteArrayHeader(2);
                writer.Write(keyId);
                writer.Write(signature);
            }
        });
    }

    /// <summary>True when at least <paramref name="threshold"/> different keys of the list signed a document of this kind.</summary>
    public bool IsSignedBy(DocumentKind kind, IReadOnlyList<byte[]> administrators, int threshold)
    {
        if (kind != Kind || threshold < 1)
            return false;
        byte[] digest = Digest(kind, Body.Span);
        int valid = 0;
        foreach (byte[] administrator in administrators)
            valid += HasSignature(administrator, digest) ? 1 : 0;
        return valid >= threshold;
    }

    /// <summary>The first 8 bytes of the SHA-256 of a SubjectPublicKeyInfo.</summary>
    public static byte[] KeyId(ReadOnlySpan<byte> subjectPublicKeyInfo) => SHA256.HashData(subjectPublicKeyInfo)[..RequestHeader.KeyIdBytes];

    private static byte[] Digest(DocumentKind kind, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)body.Length);
        hash.AppendData(Domain);
        hash.AppendData([(byte)kind]);
        hash.AppendData(length);
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }

    private bool HasSignature(byte[] administrator, byte[] digest)
    {
        byte[] keyId = KeyId(administrator);
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(administrator, out _);
        foreach ((ReadOnlyMemory<byte> signer, ReadOnlyMemory<byte> signature) in _signatures)
        {
            if (signer.Span.SequenceEqual(keyId) && key.VerifyHash(digest, signature.Span))
                return true;
        }

        return false;
    }

    private static SignedDocument Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 3);
        var kind = (DocumentKind)reader.ReadByte();
        ReadOnlyMemory<byte> body = Wire.ReadBytes(ref reader, ProtocolLimits.DocumentBytesMax);
        var signatures = new (ReadOnlyMemory<byte>, ReadOnlyMemory<byte>)[Wire.ReadArrayUpTo(ref reader, SignaturesMax)];
        for (int i = 0; i < signatures.Length; i++)
        {
            Wire.ReadArray(ref reader, 2);
            signatures[i] = (Wire.ReadExactly(ref reader, RequestHeader.KeyIdBytes), Wire.ReadExactly(ref reader, RequestHeader.SignatureBytes));
        }

        return new(kind, body, signatures);
    }
}
