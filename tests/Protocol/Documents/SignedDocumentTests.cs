using System.Security.Cryptography;
using System.Text.Json;
using CsCheck;
using E3.Relay.Enclave.Protocol.Documents;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.Tests.Documents;

public sealed class SignedDocumentTests : IDisposable
{
    private const string File = "documents.json";
    private const int SignaturesMax = 16;

    private readonly ECDsa _first = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _second = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static TheoryData<string> Documents => Vectors.Names(File, "signed");

    private byte[] FirstKey => _first.ExportSubjectPublicKeyInfo();

    private byte[] SecondKey => _second.ExportSubjectPublicKeyInfo();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Document_Golden_IsReadAndVerified(string name)
    {
        JsonElement vector = Vectors.Find(File, "signed", name);
        byte[][] signers = [.. vector.Texts("signers").Select(Convert.FromHexString)];
        var kind = (DocumentKind)vector.GetProperty("kind").GetByte();
        Assert.True(SignedDocument.TryRead(vector.Bytes("document"), out SignedDocument document));
        Assert.Equal(kind, document.Kind);
        Assert.Equal(vector.Bytes("body"), document.Body.ToArray());
        Assert.True(document.IsSignedBy(kind, signers, signers.Length));
        Assert.False(document.IsSignedBy(kind, signers, signers.Length + 1));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Sign_SignsTheGoldenDigest(string name)
    {
        JsonElement vector = Vectors.Find(File, "signed", name);
        byte[] document = SignedDocument.Sign((DocumentKind)vector.GetProperty("kind").GetByte(), vector.Bytes("body"), _first);
        Assert.True(_first.VerifyHash(vector.Bytes("digest"), document.AsSpan(document.Length - 64)));
    }

    [Fact]
    public void Threshold_CountsDistinctSigners()
    {
        byte[][] administrators = [FirstKey, SecondKey];
        SignedDocument twiceTheSame = Read(SignedDocument.Sign(DocumentKind.Genesis, "body"u8, _first, _first));
        Assert.True(twiceTheSame.IsSignedBy(DocumentKind.Genesis, administrators, 1));
        Assert.False(twiceTheSame.IsSignedBy(DocumentKind.Genesis, administrators, 2));
        Assert.True(Read(SignedDocument.Sign(DocumentKind.Genesis, "body"u8, _second, _first)).IsSignedBy(DocumentKind.Genesis, administrators, 2));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Threshold_BelowOne_IsNeverMet(int threshold) =>
        Assert.False(Read(SignedDocument.Sign(DocumentKind.Grant, "body"u8, _first)).IsSignedBy(DocumentKind.Grant, [FirstKey], threshold));

    [Fact]
    public void Signers_NotOfTheList_DoNotCount()
    {
        SignedDocument document = Read(SignedDocument.Sign(DocumentKind.Grant, "body"u8, _first));
        Assert.False(document.IsSignedBy(DocumentKind.Grant, [SecondKey], 1));
        Assert.False(document.IsSignedBy(DocumentKind.Grant, [], 1));
    }

    [Fact]
    public void Document_WithoutSignature_IsSignedByNobody() =>
        Assert.False(Read(SignedDocument.Sign(DocumentKind.Grant, "body"u8)).IsSignedBy(DocumentKind.Grant, [FirstKey], 1));

    [Fact]
    public void Document_OfAnotherKind_IsRefused()
    {
        byte[] bytes = SignedDocument.Sign(DocumentKind.Measurements, "body"u8, _first);
        Assert.False(Read(bytes).IsSignedBy(DocumentKind.Grant, [FirstKey], 1));
        bytes[1] = (byte)DocumentKind.Grant;
        Assert.False(Read(bytes).IsSignedBy(DocumentKind.Grant, [FirstKey], 1));
    }

    [Fact]
    public void Signature_BesideABadOneOfTheSameSigner_Counts()
    {
        byte[] good = SignedDocument.Sign(DocumentKind.Grant, "body"u8, _first);
        byte[] bytes = Envelope(DocumentKind.Grant, "body"u8.ToArray(), (SignedDocument.KeyId(FirstKey), new byte[64]), (SignedDocument.KeyId(FirstKey), good[^64..]));
        Assert.True(Read(bytes).IsSignedBy(DocumentKind.Grant, [FirstKey], 1));
    }

    [Fact]
    public void Signature_UnderAnotherSignersId_DoesNotCount()
    {
        byte[] good = SignedDocument.Sign(DocumentKind.Grant, "body"u8, _first);
        byte[] bytes = Envelope(DocumentKind.Grant, "body"u8.ToArray(), (SignedDocument.KeyId(SecondKey), good[^64..]));
        Assert.False(Read(bytes).IsSignedBy(DocumentKind.Grant, [FirstKey, SecondKey], 1));
    }

    [Fact]
    public void Document_WithAnyFlippedBit_IsRefused()
    {
        byte[] bytes = SignedDocument.Sign(DocumentKind.Genesis, "the body"u8, _first);
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            bool accepted = SignedDocument.TryRead(bytes, out SignedDocument document) && document.IsSignedBy(DocumentKind.Genesis, [FirstKey], 1);
            Assert.False(accepted, $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Document_OfAnyTruncationOrWithBytesBehindIt_IsRefused()
    {
        byte[] bytes = SignedDocument.Sign(DocumentKind.Genesis, "the body"u8, _first);
        for (int length = 0; length < bytes.Length; length++)
            Assert.False(SignedDocument.TryRead(bytes.AsMemory(0, length), out _));
        Assert.False(SignedDocument.TryRead(new byte[][] { bytes, [0] }.SelectMany(part => part).ToArray(), out _));
    }

    [Fact]
    public void Document_OverItsLimits_IsRefused()
    {
        byte[] keyId = SignedDocument.KeyId(FirstKey);
        var signatures = Enumerable.Repeat((keyId, new byte[64]), SignaturesMax + 1).ToArray();
        Assert.True(SignedDocument.TryRead(Envelope(DocumentKind.Grant, [], signatures[1..]), out _));
        Assert.False(SignedDocument.TryRead(Envelope(DocumentKind.Grant, [], signatures), out _));
        Assert.True(SignedDocument.TryRead(Envelope(DocumentKind.Grant, new byte[ProtocolLimits.DocumentBytesMax - 6]), out _));
        Assert.False(SignedDocument.TryRead(Envelope(DocumentKind.Grant, new byte[ProtocolLimits.DocumentBytesMax - 5]), out _));
        Assert.False(SignedDocument.TryRead(Envelope(DocumentKind.Grant, [], (new byte[7], new byte[64])), out _));
        Assert.False(SignedDocument.TryRead(Envelope(DocumentKind.Grant, [], (keyId, new byte[65])), out _));
    }

    [Fact]
    public void TryRead_OfRandomBytes_NeverThrows() => Gen.Byte.Array[0, 200].Sample(bytes => { SignedDocument.TryRead(bytes, out _); });

    [Fact]
    public void Genesis_Golden_ReadsWritesAndCommits()
    {
        JsonElement vector = Vectors.Find(File, "genesis", "genesis");
        byte[] body = vector.Bytes("body");
        Assert.True(Genesis.TryRead(body, out Genesis genesis));
        Assert.Equal(vector.Bytes("fleetId"), genesis.FleetId.ToArray());
        Assert.Equal(vector.Bytes("commitment"), genesis.RootCommitment.ToArray());
        Assert.Equal(vector.Bytes("commitment"), Genesis.Commit(genesis.FleetId.Span, vector.Bytes("rootKey")));
        Assert.Equal(body, genesis.Write());
        for (int length = 0; length < body.Length; length++)
            Assert.False(Genesis.TryRead(body.AsMemory(0, length), out _));
        body[1] = 2;
        Assert.False(Genesis.TryRead(body, out _));
    }

    private static SignedDocument Read(byte[] bytes)
    {
        Assert.True(SignedDocument.TryRead(bytes, out SignedDocument document));
        return document;
    }

    private static byte[] Envelope(DocumentKind kind, byte[] body, params (byte[] KeyId, byte[] Signature)[] signatures) => Wire.Write((ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(3);
        writer.Write((byte)kind);
        writer.Write(body);
        writer.WriteArrayHeader(signatures.Length);
        foreach ((byte[] keyId, byte[] signature) in signatures)
        {
            writer.WriteArrayHeader(2);
            writer.Write(keyId);
            writer.Write(signature);
        }
    });
}
