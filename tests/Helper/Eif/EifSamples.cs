using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using E3.Relay.Helper.Eif;

namespace E3.Relay.Helper.Tests.Eif;

/// <summary>Parts of images that have the right form and do nothing.</summary>
internal static class EifSamples
{
    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static EifRecipe Recipe => new()
    {
        Kernel = Kernel("6.12.0-test (nobody) #1"),
        Engine = Program(interpreted: false),
        Configuration = Encoding.UTF8.GetBytes("{}"),
        Modules = [("nsm.ko", "\u007fELFmodule"u8.ToArray())],
    };

    public static EifImage Image => EifBuilder.Build(Recipe);

    public static byte[] Kernel(string version)
    {
        byte[] kernel = new byte[1024];
        "HdrS"u8.CopyTo(kernel.AsSpan(0x202));
        BinaryPrimitives.WriteUInt16LittleEndian(kernel.AsSpan(0x20e), 0x100);
        Encoding.ASCII.GetBytes(version, kernel.AsSpan(0x300));
        return kernel;
    }

    /// <summary>An ELF header for x86_64 and one program header: of a loader's name, or of a segment.</summary>
    public static byte[] Program(bool interpreted)
    {
        byte[] program = new byte[64 + 56];
        "\u007fELF"u8.CopyTo(program);
        BinaryPrimitives.WriteUInt16LittleEndian(program.AsSpan(18), 62);
        BinaryPrimitives.WriteUInt64LittleEndian(program.AsSpan(32), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(program.AsSpan(54), 56);
        BinaryPrimitives.WriteUInt16LittleEndian(program.AsSpan(56), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(program.AsSpan(64), interpreted ? 3u : 1u);
        return program;
    }

    public static (X509Certificate2 Certificate, ECDsa Key) Signer(ECCurve curve)
    {
        var key = ECDsa.Create(curve);
        var request = new CertificateRequest("CN=image signer", key, HashAlgorithmName.SHA384);
        using X509Certificate2 certificate = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        return (X509CertificateLoader.LoadCertificate(certificate.RawData), key);
    }
}
