using E3.Relay.Helper.Eif;
using E3.Relay.Testing;

namespace E3.Relay.Fuzz.Targets;

/// <summary>
/// An enclave image behind a byte that says whether its checksum is made right first: what is read is written back byte for byte, and its signature is judged without an exception.
/// </summary>
internal sealed class EifTarget : IFuzzTarget
{
    private const int Refused = 0, Unsigned = 1, Signed = 2, BadlySigned = 3;
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public string Name => "eif";

    public IEnumerable<byte[]> Seeds
    {
        get
        {
            yield return [0, .. Small().Write()];
            foreach (string name in (string[])["nitro/golden-unsigned.eif", "nitro/golden-signed.eif"])
            {
                if (Suites.TryPath(name, out string? path))
                    yield return [1, .. File.ReadAllBytes(path)];
            }
        }
    }

    public IEnumerable<byte[]> Words => [".eif"u8.ToArray(), [0, 3], [0, 4], "signing_certificate"u8.ToArray(), "register_value"u8.ToArray()];

    public int Run(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return Refused;
        byte[] file = input[1..].ToArray();
        if (input.Span[0] % 2 == 1)
            EifImage.WriteChecksum(file);
        if (EifImage.Read(file, out EifImage image) != EifError.None)
            return Refused;
        BrokenException.Unless(image.Write().AsSpan().SequenceEqual(file), "an image has one form");
        BrokenException.Unless(EifMeasurement.Of(image).Pcr0.Length == 48, "a PCR has its length");
        EifError error = EifSignature.Verify(image, At, out System.Security.Cryptography.X509Certificates.X509Certificate2? signer);
        signer?.Dispose();
        return error switch { EifError.None => Signed, EifError.Unsigned => Unsigned, _ => BadlySigned };
    }

    public void Dispose()
    {
    }

    private static EifImage Small() => new()
    {
        Sections =
        [
            new(EifSectionKind.Kernel, new byte[] { 1 }), new(EifSectionKind.CommandLine, "a"u8.ToArray()), new(EifSectionKind.Metadata, "{}"u8.ToArray()),
            new(EifSectionKind.Ramdisk, new byte[] { 2 }), new(EifSectionKind.Ramdisk, default),
        ],
    };
}
