using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace E3.Relay.Enclave.Host;

/// <summary>
/// The TLS certificate of this boot. Nobody trusts it for its name or its dates: callers trust its key because the attestation document names it. So its dates are constants,
/// and the host's clock is not asked.
/// </summary>
internal static class BootCertificate
{
    /// <summary>Makes a key and a certificate for it.</summary>
    public static X509Certificate2 Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=e3", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }
}
