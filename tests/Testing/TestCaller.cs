using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using MessagePack;

namespace E3.Relay.Testing;

/// <summary>A caller that builds its frames by hand, so that a test can build them wrong.</summary>
public sealed class TestCaller : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestCaller() => SubjectPublicKeyInfo = _key.ExportSubjectPublicKeyInfo();

    public byte[] SubjectPublicKeyInfo { get; }

    public ECDsa Key => _key;

    public byte[] KeyId => SignedDocument.KeyId(SubjectPublicKeyInfo);

    /// <summary>The SHA-256 of the TLS key that the caller believes to speak to.</summary>
    public byte[] Channel { get; set; } = new byte[32];

    /// <summary>The session nonce under the signatures.</summary>
    public ReadOnlyMemory<byte> SessionNonce { get; set; } = new byte[FrameDigest.NonceBytes];

    public ulong Sequence { get; set; }

    /// <summary>A signed frame without its length prefix; the sequence number moves on.</summary>
    public byte[] Frame(CallType call, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[RequestHeader.Bytes + payload.Length];
        RequestHeader.Write(frame, call, KeyId, Sequence++, Channel);
        payload.CopyTo(frame.AsSpan(RequestHeader.Bytes));
        Resign(frame);
        return frame;
    }

    public byte[] Frame(CallType call, Wire.Body body) => Frame(call, Wire.Write(body));

    public byte[] HelloFrame(byte[] grant, byte[]? nonce = null, byte versionMin = 1, byte versionMax = 1)
    {
        byte[] hello = Wire.Write(new Hello(versionMin, versionMax, nonce ?? RandomNumberGenerator.GetBytes(Hello.NonceBytes), grant).Write);
        return Frame(CallType.Hello, [.. SubjectPublicKeyInfo, .. hello]);
    }

    public static Wire.Body Transform(params TransformGroup[] groups) => (ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(groups.Length);
        foreach (TransformGroup group in groups)
            group.Write(ref writer);
    };

    public void Resign(byte[] frame)
    {
        using var digest = new FrameDigest();
        byte[] hash = new byte[32];
        digest.Compute(frame, SessionNonce.Span, hash);
        _key.SignHash(hash).CopyTo(frame, RequestHeader.SignedBytes);
    }

    public void Dispose() => _key.Dispose();
}
