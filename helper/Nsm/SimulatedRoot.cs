using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.State;

namespace E3.Relay.Helper.Nsm;

/// <summary>The root of trust of a developer's machine: it signs the certificates of simulated security modules.</summary>
internal sealed class SimulatedRoot : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3650);
    private static readonly TimeSpan Backdate = TimeSpan.FromMinutes(5);
    private readonly ECDsa _key;

    private SimulatedRoot(ECDsa key, X509Certificate2 certificate)
    {
        _key = key;
        Certificate = certificate;
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>Loads key and certificate, or makes them on the first run.</summary>
    public static SimulatedRoot LoadOrCreate(string keyPath, string certificatePath, TimeProvider time)
    {
        ECDsa key = SimulatedKeys.LoadOrCreate(keyPath, ECCurve.NamedCurves.nistP384);
        if (!File.Exists(certificatePath))
            PrivateFile.Write(certificatePath, SelfSigned(key, time.GetUtcNow()));
        try
        {
            X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(File.ReadAllBytes(certificatePath));
            if (certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
                return new(key, certificate);
        }
        catch (CryptographicException)
        {
            // Told below, like a certificate of another key.
        }

        throw new HelperRefusedException(ExitCode.StateUnusable, $"{certificatePath} is not the certificate of the simulated root beside it.");
    }

    /// <summary>A certificate for a module's key.</summary>
    public byte[] Issue(ECDsa moduleKey, string moduleId, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        CertificateRequest request = Request($"CN={moduleId}", moduleKey, authority: false);
        using X509Certificate2 issued = request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), notBefore, notAfter, RandomNumberGenerator.GetBytes(16));
        return issued.RawData;
    }

    public void Dispose()
    {
        _key.Dispose();
        Certificate.Dispose();
    }

    private static byte[] SelfSigned(ECDsa key, DateTimeOffset now)
    {
        using X509Certificate2 certificate = Request("CN=simulated nitro root, O=E3 Relay development", key, authority: true).CreateSelfSigned(now - Backdate, now + Lifetime);
        return certificate.RawData;
    }

    private static CertificateRequest Request(string name, ECDsa key, bool authority)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority, authority, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(authority ? X509KeyUsageFlags.KeyCertSign : X509KeyUsageFlags.DigitalSignature, true));
        return request;
    }
}
