using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Testing;

/// <summary>A fleet of its own: administrator, KMS key and measured configuration, all made for one test.</summary>
public sealed class TestFleet : IDisposable
{
    // RSA keys take long to make, and nothing here depends on whose they are.
    private static readonly RSA SharedKms = RSA.Create(2048);

    public ECDsa Administrator { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public byte[] FleetId { get; init; } = RandomNumberGenerator.GetBytes(16);

    public bool Simulated { get; init; } = true;

    public byte[] ConfigurationJson() => Encoding.UTF8.GetBytes($$"""
        {
          "fleetId": "{{Convert.ToHexString(FleetId)}}",
          "administrators": ["{{Convert.ToBase64String(Administrator.ExportSubjectPublicKeyInfo())}}"],
          "threshold": 1,
          "kmsPublicKey": "{{Convert.ToBase64String(SharedKms.ExportSubjectPublicKeyInfo())}}",
          "simulated": {{(Simulated ? "true" : "false")}}
        }
        """);

    /// <summary>A grant for a caller, valid for an hour around <paramref name="now"/>, signed by the administrator.</summary>
    public byte[] Grant(TestCaller caller, DateTimeOffset now, params GrantedOperation[] operations) =>
        Sign(new Grant
        {
            FleetId = FleetId,
            Serial = 1,
            NotBefore = now.AddMinutes(-30).ToUnixTimeSeconds(),
            NotAfter = now.AddMinutes(30).ToUnixTimeSeconds(),
            Kind = operations.Length == 0 ? CallerKind.Helper : CallerKind.Application,
            CallerKey = caller.SubjectPublicKeyInfo,
            Name = "test",
            Apps = ["shop"],
            Roles = ["card"],
            Operations = operations,
        });

    public byte[] Sign(Grant grant) => SignedDocument.Sign(DocumentKind.Grant, grant.Write(), Administrator);

    public byte[] Sign(DocumentKind kind, byte[] body) => SignedDocument.Sign(kind, body, Administrator);

    public static byte[] KmsPublicKey => SharedKms.ExportSubjectPublicKeyInfo();

    public byte[] SignGenesis(ReadOnlyMemory<byte> commitment) =>
        SignedDocument.Sign(DocumentKind.Genesis, new Genesis(FleetId, commitment).Write(), Administrator);

    /// <summary>What KMS does with <c>Recipient</c>: opens what was wrapped to its key and encrypts it to the attested key.</summary>
    public static byte[] Reencrypt(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> recipientSubjectPublicKeyInfo) =>
        Envelope(SharedKms.Decrypt(wrapped, RSAEncryptionPadding.OaepSHA256), recipientSubjectPublicKeyInfo);

    public static byte[] Envelope(byte[] content, ReadOnlySpan<byte> recipientSubjectPublicKeyInfo)
    {
        PublicKey key = PublicKey.CreateFromSubjectPublicKeyInfo(recipientSubjectPublicKeyInfo, out _);
        using var issuer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedName("CN=recipient");
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(SHA256.HashData(recipientSubjectPublicKeyInfo), critical: false));
        using X509Certificate2 certificate = request.Create(
            name, X509SignatureGenerator.CreateForECDsa(issuer), new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero), [1]);
        var cms = new EnvelopedCms(new ContentInfo(content), new AlgorithmIdentifier(new Oid("2.16.840.1.101.3.4.1.42")));
        cms.Encrypt(new CmsRecipient(SubjectIdentifierType.SubjectKeyIdentifier, certificate, RSAEncryptionPadding.OaepSHA256));
        return cms.Encode();
    }

    public void Dispose() => Administrator.Dispose();
}
