using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace E3.Relay.Enclave.Client.Attestation;

/// <summary>Judges the chain of an attestation document against pinned roots: nothing is downloaded, nothing of the machine's own stores is trusted.</summary>
internal static class CertificateChain
{
    private const byte DerSequence = 0x30;
    private const int LeafKeyBits = 384;

    /// <summary>Verifies the chain at a time and returns the key of its leaf, which the caller disposes of, and the root that it ends in.</summary>
    public static AttestationError Verify(
        ReadOnlyMemory<byte> leafDer, IReadOnlyList<ReadOnlyMemory<byte>> bundle, IReadOnlyList<AttestationRoot> roots, DateTimeOffset at,
        out ECDsa? key, out AttestationRoot? root)
    {
        key = null;
        root = null;
        var intermediates = new X509Certificate2Collection();
        try
        {
            using X509Certificate2 leaf = Load(leafDer.Span);

            // The first one is the root as the document has it; the pinned one takes its place.
            for (int i = 1; i < bundle.Count; i++)
                intermediates.Add(Load(bundle[i].Span));
            AttestationError error = Build(leaf, intermediates, roots, at, out root);
            if (error == AttestationError.None)
                key = leaf.GetECDsaPublicKey();
            return error != AttestationError.None || key?.KeySize == LeafKeyBits ? error : AttestationError.CertificateKeyUnsupported;
        }
        catch (CryptographicException)
        {
            return AttestationError.CertificateMalformed;
        }
        finally
        {
            foreach (X509Certificate2 intermediate in intermediates)
                intermediate.Dispose();
        }
    }

    private static AttestationError Build(
        X509Certificate2 leaf, X509Certificate2Collection intermediates, IReadOnlyList<AttestationRoot> roots, DateTimeOffset at, out AttestationRoot? root)
    {
        root = null;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = at.UtcDateTime;
        chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        foreach (AttestationRoot candidate in roots)
        {
            if (candidate.Certificate is { } certificate)
                chain.ChainPolicy.CustomTrustStore.Add(certificate);
        }

        bool valid = chain.Build(leaf);
        AttestationError error = valid ? AttestationError.None : Error(chain);
        if (chain.ChainElements.Count > 0)
            root = Find(roots, chain.ChainElements[^1].Certificate);
        foreach (X509ChainElement element in chain.ChainElements)
            element.Certificate.Dispose();
        return root is null && error == AttestationError.None ? AttestationError.ChainUntrusted : error;
    }

    private static AttestationError Error(X509Chain chain) =>
        Array.TrueForAll(chain.ChainStatus, static status => status.Status is X509ChainStatusFlags.NotTimeValid)
            ? AttestationError.ChainOutsideValidity
            : AttestationError.ChainUntrusted;

    private static AttestationRoot? Find(IReadOnlyList<AttestationRoot> roots, X509Certificate2 last)
    {
        foreach (AttestationRoot root in roots)
        {
            if (root.Certificate is { } certificate && certificate.RawDataMemory.Span.SequenceEqual(last.RawDataMemory.Span))
                return root;
        }

        return null;
    }

    // The loader takes PEM as well, which has no place in a document.
    private static X509Certificate2 Load(ReadOnlySpan<byte> der) =>
        der[0] == DerSequence ? X509CertificateLoader.LoadCertificate(der) : throw new CryptographicException();
}
