using System.Security.Cryptography.X509Certificates;

namespace E3.Relay.Enclave.Client.Attestation;

/// <summary>A root that chains of attestation documents may end in.</summary>
public sealed class AttestationRoot
{
    // "aws.nitro-enclaves", valid 2019-10-28 to 2049-10-28; SHA-256 of the DER 641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b.
    private const string AwsNitroDer =
        "MIICETCCAZagAwIBAgIRAPkxdWgbkK/hHUbMtOTn+FYwCgYIKoZIzj0EAwMwSTELMAkGA1UEBhMCVVMxDzANBgNVBAoMBkFtYXpvbjEMMAoGA1UECwwDQVdTMRswGQYDVQ" +
        "QDDBJhd3Mubml0cm8tZW5jbGF2ZXMwHhcNMTkxMDI4MTMyODA1WhcNNDkxMDI4MTQyODA1WjBJMQswCQYDVQQGEwJVUzEPMA0GA1UECgwGQW1hem9uMQwwCgYDVQQLDANB" +
        "V1MxGzAZBgNVBAMMEmF3cy5uaXRyby1lbmNsYXZlczB2MBAGByqGSM49AgEGBSuBBAAiA2IABPwCVOumCMHzaHDimtqQvkY4MpJzbolL//Zy2YlES1BR5TSksfbb48C8WB" +
        "oyt7F2Bw7eEtaaP+ohG2bnUs990d0JX28TcPQXCEPZ3BABIeTPYwEoCWZEh8l5YoQwTcU/9KNCMEAwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUkCW1DdkFR+eWw5b6" +
        "cp3PmanfS5YwDgYDVR0PAQH/BAQDAgGGMAoGCCqGSM49BAMDA2kAMGYCMQCjfy+Rocm9Xue4YnwWmNJVA44fA0P5W2OpYow9OYCVRaEevL8uO1XYru5xtMPWrfMCMQCi85" +
        "sWBbJwKKXdS6BptQFuZbT73o/gBh1qUxl/nNr12UO8Yfwr6wPLb+6NIwLz3/Y=";

    private static readonly Lazy<AttestationRoot> LazyAwsNitro = new(() => new(X509CertificateLoader.LoadCertificate(Convert.FromBase64String(AwsNitroDer)), false));

    private AttestationRoot(X509Certificate2? certificate, bool isSimulated)
    {
        Certificate = certificate;
        IsSimulated = isSimulated;
    }

    /// <summary>The root of AWS Nitro Enclaves.</summary>
    public static AttestationRoot AwsNitro => LazyAwsNitro.Value;

    /// <summary>
    /// No root at all: the security module that an emulator plays signs nothing (zeros stand in the places of certificates and signature), so anybody can make its documents.
    /// The caller must have made sure that the environment is Development and that its own settings say so.
    /// </summary>
    public static AttestationRoot Emulated { get; } = new(null, true);

    /// <summary>The root's certificate; null for the emulated one.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>True when documents are not signed.</summary>
    public bool IsEmulated => Certificate is null;

    /// <summary>True for a root whose private key lies on a developer's machine, and for the emulated one. What it vouches for is no enclave.</summary>
    public bool IsSimulated { get; }

    /// <summary>A simulated root. The caller must have made sure that the environment is Development and that its own settings name this certificate.</summary>
    public static AttestationRoot Simulated(X509Certificate2 certificate) => new(certificate, true);
}
