using System.Security.Cryptography;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Eif;

/// <summary>
/// The PCRs that the hypervisor computes from an image: <c>SHA-384(48 zero bytes ‖ SHA-384(content))</c>. PCR0 is over kernel, command line and all ramdisks, PCR1 over kernel,
/// command line and the first ramdisk, PCR2 over the other ramdisks, PCR8 over the DER of the signing certificate. Headers and metadata are not measured.
/// </summary>
internal static class EifMeasurement
{
    /// <summary>PCR0, PCR1 and PCR2.</summary>
    public static TeeMeasurement Of(EifImage image)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA384);
        using var generic = IncrementalHash.CreateHash(HashAlgorithmName.SHA384);
        using var rest = IncrementalHash.CreateHash(HashAlgorithmName.SHA384);
        int ramdisks = 0;
        foreach (EifSection section in image.Sections)
        {
            if (section.Kind is EifSectionKind.Signature or EifSectionKind.Metadata)
                continue;
            bool isLater = section.Kind == EifSectionKind.Ramdisk && ramdisks++ > 0;
            all.AppendData(section.Data.Span);
            (isLater ? rest : generic).AppendData(section.Data.Span);
        }

        return new(Extend(all.GetHashAndReset()), Extend(generic.GetHashAndReset()), Extend(rest.GetHashAndReset()));
    }

    /// <summary>PCR8.</summary>
    /// <param name="certificate">The signing certificate, DER.</param>
    public static byte[] OfCertificate(ReadOnlySpan<byte> certificate) => Extend(SHA384.HashData(certificate));

    private static byte[] Extend(ReadOnlySpan<byte> digest)
    {
        Span<byte> extended = stackalloc byte[2 * SHA384.HashSizeInBytes];
        extended[..SHA384.HashSizeInBytes].Clear();
        digest.CopyTo(extended[SHA384.HashSizeInBytes..]);
        return SHA384.HashData(extended);
    }
}
