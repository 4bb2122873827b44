using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using E3.Relay.Helper.Eif;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Commands;

/// <summary><c>helper eif</c>: builds, describes, signs and verifies enclave images. Needs no running helper, no state folder and no Docker.</summary>
internal static class EifCommands
{
    public static Command Create(TimeProvider time) => new("eif", "Enclave images: build, describe, sign and verify.")
    {
        Build(),
        Describe(time),
        Sign(),
        Verify(time),
    };

    private static Command Build()
    {
        var kernel = new Option<string>("--kernel") { Description = "A bzImage.", Required = true };
        var engine = new Option<string>("--engine") { Description = "The published, statically linked engine.", Required = true };
        var configuration = new Option<string>("--config") { Description = "The measured configuration; alone in the last ramdisk (PCR2).", Required = true };
        var module = new Option<string[]>("--module") { Description = "A kernel module, unpacked; repeatable, in the order of loading.", DefaultValueFactory = static _ => [] };
        var commandLine = new Option<string>("--cmdline") { Description = "The kernel's command line.", DefaultValueFactory = static _ => EifBuilder.DefaultCommandLine };
        var argument = new Option<string[]>("--argument") { Description = "An argument of the engine, in the place of all the usual ones; repeatable.", DefaultValueFactory = static _ => [.. EifBuilder.DefaultArguments] };
        var name = new Option<string>("--name") { Description = "A name for people; not measured.", DefaultValueFactory = static _ => "e3-relay" };
        var version = new Option<string>("--image-version") { Description = "A version for people; not measured.", DefaultValueFactory = static _ => "0" };
        var output = new Option<string>("--out") { Description = "The image to write.", Required = true };
        var command = new Command("build", "Builds an image and prints its PCRs. The same inputs give the same bytes.")
        {
            kernel, engine, configuration, module, commandLine, argument, name, version, output,
        };
        command.SetAction(result =>
        {
            EifImage image = EifBuilder.Build(new()
            {
                Kernel = ReadFile(result.GetRequiredValue(kernel)),
                Engine = ReadFile(result.GetRequiredValue(engine)),
                Configuration = ReadFile(result.GetRequiredValue(configuration)),
                Modules = [.. result.GetRequiredValue(module).Select(static path => (Path.GetFileName(path), (ReadOnlyMemory<byte>)ReadFile(path)))],
                CommandLine = result.GetRequiredValue(commandLine),
                Arguments = result.GetRequiredValue(argument),
                Name = result.GetRequiredValue(name),
                Version = result.GetRequiredValue(version),
            });
            WriteFile(result.GetRequiredValue(output), image.Write());
            Print(EifMeasurement.Of(image));
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static Command Describe(TimeProvider time)
    {
        var file = new Argument<string>("FILE");
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var command = new Command("describe", "Prints sections, metadata, PCRs and what the signature is worth.") { file, json };
        command.SetAction(result =>
        {
            EifReport report = Describe(ReadImage(result.GetRequiredValue(file)), time.GetUtcNow());
            if (result.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(report, EifJson.Printed.EifReport));
            else
                Print(report);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static Command Sign()
    {
        var file = new Argument<string>("FILE");
        var certificate = new Option<string>("--certificate") { Description = "The signing certificate, PEM, with a P-384 key.", Required = true };
        var key = new Option<string>("--key") { Description = "Its private key, PEM.", Required = true };
        var output = new Option<string?>("--out") { Description = "The signed image; the file itself when not given." };
        var command = new Command("sign", "Signs an image, in the place of a signature that it has, and prints PCR8.") { file, certificate, key, output };
        command.SetAction(result =>
        {
            EifImage image = ReadImage(result.GetRequiredValue(file));
            using X509Certificate2 signer = ReadCertificate(result.GetRequiredValue(certificate));
            using ECDsa privateKey = ReadKey(result.GetRequiredValue(key));
            try
            {
                WriteFile(result.GetValue(output) ?? result.GetRequiredValue(file), EifSignature.Sign(image, signer, privateKey).Write());
            }
            catch (ArgumentException e)
            {
                throw new HelperRefusedException(ExitCode.Refused, e.Message);
            }

            Console.WriteLine($"PCR8 {Convert.ToHexStringLower(EifMeasurement.OfCertificate(signer.RawData))}");
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static Command Verify(TimeProvider time)
    {
        var file = new Argument<string>("FILE");
        var certificate = new Option<string>("--certificate") { Description = "The certificate that the image must be signed by, PEM.", Required = true };
        var command = new Command("verify", "Ends with 0 when the image is whole and signed by this certificate, and with 1 when not.") { file, certificate };
        command.SetAction(result =>
        {
            EifImage image = ReadImage(result.GetRequiredValue(file));
            using X509Certificate2 expected = ReadCertificate(result.GetRequiredValue(certificate));
            EifError error = EifSignature.Verify(image, time.GetUtcNow(), out X509Certificate2? signer);
            using (signer)
            {
                if (error == EifError.None && !signer!.RawDataMemory.Span.SequenceEqual(expected.RawDataMemory.Span))
                    error = EifError.CertificateOther;
            }

            if (error != EifError.None)
                throw new HelperRefusedException(ExitCode.Refused, $"The signature is refused: {error}.");
            Print(EifMeasurement.Of(image));
            Console.WriteLine($"PCR8 {Convert.ToHexStringLower(EifMeasurement.OfCertificate(expected.RawData))}");
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static EifReport Describe(EifImage image, DateTimeOffset at)
    {
        EifError signature = EifSignature.Verify(image, at, out X509Certificate2? signer);
        using (signer)
        {
            TeeMeasurement measured = EifMeasurement.Of(image);
            return new(
                4,
                image.IsArm ? "aarch64" : "x86_64",
                image.DefaultMemoryBytes,
                image.DefaultCpus,
                Encoding.UTF8.GetString(image.Find(EifSectionKind.CommandLine)!.Value.Span),
                Convert.ToHexStringLower(measured.Pcr0),
                Convert.ToHexStringLower(measured.Pcr1),
                Convert.ToHexStringLower(measured.Pcr2),
                signer is null ? null : Convert.ToHexStringLower(EifMeasurement.OfCertificate(signer.RawData)),
                signature == EifError.None ? "valid" : signature.ToString(),
                signer?.Subject,
                signer?.NotAfter.ToUniversalTime(),
                Encoding.UTF8.GetString(image.Find(EifSectionKind.Metadata)!.Value.Span),
                [.. image.Sections.Select(static section => new EifSectionReport(section.Kind.ToString(), section.Data.Length))]);
        }
    }

    private static void Print(EifReport report)
    {
        Console.WriteLine($"enclave image version {report.Version}, {report.Architecture}, {report.DefaultMemoryBytes >> 20} MiB and {report.DefaultCpus} vCPUs when nothing is said");
        foreach (EifSectionReport section in report.Sections)
            Console.WriteLine($"{section.Kind,-12} {section.Bytes,12} bytes");
        Console.WriteLine($"command line {Printable(report.CommandLine)}");
        Console.WriteLine($"metadata     {Printable(report.Metadata)}");
        Console.WriteLine($"PCR0 {report.Pcr0}\nPCR1 {report.Pcr1}\nPCR2 {report.Pcr2}");
        if (report.Pcr8 is not null)
            Console.WriteLine($"PCR8 {report.Pcr8}");
        Console.WriteLine($"signature    {report.Signature}{(report.SignedBy is null ? "" : $", {Printable(report.SignedBy)}, until {report.SignedUntil:u}")}");
    }

    private static void Print(TeeMeasurement measured) =>
        Console.WriteLine($"PCR0 {Convert.ToHexStringLower(measured.Pcr0)}\nPCR1 {Convert.ToHexStringLower(measured.Pcr1)}\nPCR2 {Convert.ToHexStringLower(measured.Pcr2)}");

    // What stands in somebody's image must not steer a terminal.
    private static string Printable(string text) => string.Concat(text.Select(static c => char.IsControl(c) ? '?' : c));

    private static EifImage ReadImage(string path)
    {
        EifError error = EifImage.Read(ReadFile(path), out EifImage image);
        return error == EifError.None ? image : throw new HelperRefusedException(ExitCode.Refused, $"{path} is refused: {error}.");
    }

    private static byte[] ReadFile(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > EifImage.FileBytesMax)
            throw new HelperRefusedException(ExitCode.Refused, $"{path} is no file of at most {EifImage.FileBytesMax >> 20} MiB.");
        return File.ReadAllBytes(path);
    }

    private static void WriteFile(string path, byte[] bytes)
    {
        string temporary = $"{path}.new";
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, path, overwrite: true);
    }

    private static X509Certificate2 ReadCertificate(string path)
    {
        try
        {
            return X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(ReadFile(path)));
        }
        catch (CryptographicException)
        {
            throw new HelperRefusedException(ExitCode.Refused, $"{path} is no certificate in PEM.");
        }
    }

    private static ECDsa ReadKey(string path)
    {
        var key = ECDsa.Create();
        byte[] pem = ReadFile(path);
        try
        {
            key.ImportFromPem(Encoding.ASCII.GetString(pem));
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new HelperRefusedException(ExitCode.Refused, $"{path} is no unencrypted EC key in PEM.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pem);
        }
    }
}
