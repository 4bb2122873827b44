using System.Security.Cryptography;
using E3.Relay.Enclave.Engine;
using E3.Relay.Testing;

namespace E3.Relay.Fuzz.Targets;

/// <summary>
/// A CMS blob for the recipient's key. The cipher in it (CBC) is not authenticated, so a changed blob may open to another key; it is the commitment in the genesis document that tells.
/// What is promised here: no exception, and nothing but 32 bytes or nothing.
/// </summary>
internal sealed class CmsTarget : IFuzzTarget
{
    private const int Nothing = 0, RightKey = 1, AnotherKey = 2;

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _blob;

    public CmsTarget() => _blob = TestFleet.Envelope(_key, _rsa.ExportSubjectPublicKeyInfo());

    public string Name => "cms";

    public IEnumerable<byte[]> Seeds => [_blob, TestFleet.Envelope([], _rsa.ExportSubjectPublicKeyInfo()), TestFleet.Envelope(_key[..31], _rsa.ExportSubjectPublicKeyInfo()), .. Suite()];

    public IEnumerable<byte[]> Words =>
    [
        SHA256.HashData(_rsa.ExportSubjectPublicKeyInfo()), Oid("1.2.840.113549.1.7.3"), Oid("1.2.840.113549.1.7.2"), Oid("1.2.840.113549.1.1.1"), Oid("1.2.840.113549.1.1.7"),
        Oid("2.16.840.1.101.3.4.1.42"), Oid("2.16.840.1.101.3.4.1.2"), Oid("1.2.840.113549.3.7"), Oid("1.2.840.113549.1.9.16.1.23"),
    ];

    public int Run(ReadOnlyMemory<byte> input)
    {
        using SecretKey? key = RecipientKey.Open(input.Span, _rsa);
        BrokenException.Unless(key is not null || !input.Span.SequenceEqual(_blob), "the unchanged blob opens");
        if (key is null)
            return Nothing;
        BrokenException.Unless(key.Span.Length == SecretKey.Bytes, "a key has its length");
        return key.Span.SequenceEqual(_key) ? RightKey : AnotherKey;
    }

    public void Dispose() => _rsa.Dispose();

    private static IEnumerable<byte[]> Suite()
    {
        if (Suites.TryPath("nitro/edgebit-ciphertext-for-recipient.ber", out string? path))
            yield return File.ReadAllBytes(path);
    }

    private static byte[] Oid(string oid)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        writer.WriteObjectIdentifier(oid);
        return writer.Encode();
    }
}
