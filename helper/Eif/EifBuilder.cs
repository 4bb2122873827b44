using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace E3.Relay.Helper.Eif;

/// <summary>
/// Builds an enclave image without Docker. The first ramdisk has everything generic, so PCR1 is the same for everybody who builds this version; the last one has the deployment's
/// configuration alone, which is PCR2. No wall clock and no path of the build enters it.
/// </summary>
internal static class EifBuilder
{
    /// <summary>Where the engine finds its configuration.</summary>
    public const string ConfigurationPath = "/e3/config.json";

    /// <summary>The folder of kernel modules; the engine loads them in the order of their names.</summary>
    public const string ModulesFolder = "/e3/modules";

    /// <summary>Where the engine finds its arguments, one a line.</summary>
    public const string ArgumentsPath = "/e3/arguments";

    /// <summary>The command line of the reference tool for x86_64. <c>nomodules</c> is left out: it means nothing to a kernel, which would hand it to the engine.</summary>
    public const string DefaultCommandLine = "reboot=k panic=30 pci=off console=ttyS0 i8042.noaux i8042.nomux i8042.nopnp i8042.dumbkbd random.trust_cpu=on";

    /// <summary>The engine's arguments. They are no part of the command line, to which a hypervisor appends what it has to say.</summary>
    public static readonly IReadOnlyList<string> DefaultArguments =
        ["--config", ConfigurationPath, "--listen", "vsock:4294967295:5000", "--nsm", "/dev/nsm", "--heartbeat", "vsock:3:9000"];

    // There is no time in an image that two people must be able to build alike.
    private const string BuildTime = "1970-01-01T00:00:00+00:00";
    private const int CommandLineBytesMax = 2047;

    /// <summary>Builds the image.</summary>
    /// <exception cref="HelperRefusedException">A part is not what it must be.</exception>
    public static EifImage Build(EifRecipe recipe)
    {
        string kernelVersion = KernelVersion(recipe.Kernel.Span);
        if (!IsStaticProgram(recipe.Engine.Span))
            throw Refused("The engine is not a statically linked x86_64 program: nothing else runs in an image that has no libraries.");
        if (recipe.Arguments.Any(static argument => argument.Contains('\n', StringComparison.Ordinal)))
            throw Refused("An argument of the engine is one line.");
        if (recipe.CommandLine.Length > CommandLineBytesMax || !Ascii.IsValid(recipe.CommandLine) || recipe.CommandLine.Any(char.IsControl))
            throw Refused($"The command line is at most {CommandLineBytesMax} printable ASCII characters.");
        return new()
        {
            DefaultMemoryBytes = recipe.DefaultMemoryBytes,
            DefaultCpus = recipe.DefaultCpus,
            Sections =
            [
                new(EifSectionKind.Kernel, recipe.Kernel),
                new(EifSectionKind.CommandLine, Encoding.ASCII.GetBytes(recipe.CommandLine)),
                new(EifSectionKind.Metadata, Metadata(recipe, kernelVersion)),
                new(EifSectionKind.Ramdisk, Generic(recipe)),
                new(EifSectionKind.Ramdisk, Deployment(recipe)),
            ],
        };
    }

    // Linux, Documentation/arch/x86/boot.rst: "HdrS" at 0x202, and at 0x20e where the text of the version stands, less 0x200.
    internal static string KernelVersion(ReadOnlySpan<byte> kernel)
    {
        const int setupEnd = 0x250;
        if (kernel.Length < setupEnd || !kernel[0x202..].StartsWith("HdrS"u8))
            throw Refused("The kernel is not a bzImage for x86_64.");
        int at = BinaryPrimitives.ReadUInt16LittleEndian(kernel[0x20e..]) + 0x200;
        if (at >= kernel.Length)
            return "";
        ReadOnlySpan<byte> text = kernel.Slice(at, Math.Min(64, kernel.Length - at));
        int end = text.IndexOfAnyExceptInRange((byte)'!', (byte)'~');
        return Encoding.ASCII.GetString(end < 0 ? text : text[..end]);
    }

    // An ELF file for x86_64 (machine 62) without a program header of type PT_INTERP.
    private static bool IsStaticProgram(ReadOnlySpan<byte> program)
    {
        const int headerBytes = 64;
        const uint interpreter = 3;
        if (program.Length < headerBytes || !program.StartsWith("\u007fELF"u8) || BinaryPrimitives.ReadUInt16LittleEndian(program[18..]) != 62)
            return false;
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(program[32..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(program[54..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(program[56..]);
        if (size < sizeof(uint) || offset > (ulong)program.Length || (ulong)program.Length - offset < (ulong)(size * count))
            return false;
        for (int i = 0; i < count; i++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(program[((int)offset + (i * size))..]) == interpreter)
                return false;
        }

        return true;
    }

    private static byte[] Generic(EifRecipe recipe)
    {
        var archive = new CpioArchive();
        foreach (string folder in (ReadOnlySpan<string>)["dev", "proc", "sys", "tmp", "e3", ModulesFolder[1..]])
            archive.AddFolder(folder);

        // Without it the kernel gives its first process no standard output, and the first files that it opens would take that place.
        archive.AddDevice("dev/console", 5, 1);
        archive.AddFile(ArgumentsPath[1..], Encoding.UTF8.GetBytes(string.Concat(recipe.Arguments.Select(static argument => $"{argument}\n"))));
        for (int i = 0; i < recipe.Modules.Count; i++)
        {
            (string name, ReadOnlyMemory<byte> bytes) = recipe.Modules[i];
            if (!bytes.Span.StartsWith("\u007fELF"u8))
                throw Refused($"The kernel module {name} is no ELF file; unpack a compressed one first.");
            archive.AddFile(string.Create(CultureInfo.InvariantCulture, $"{ModulesFolder[1..]}/{i:d2}-{name}"), bytes.Span);
        }

        archive.AddProgram("init", recipe.Engine.Span);
        return archive.ToArray();
    }

    private static byte[] Deployment(EifRecipe recipe)
    {
        var archive = new CpioArchive();
        archive.AddFile(ConfigurationPath[1..], recipe.Configuration.Span);
        return archive.ToArray();
    }

    // The members that the reference tool writes.
    private static byte[] Metadata(EifRecipe recipe, string kernelVersion)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("ImageName", recipe.Name);
            writer.WriteString("ImageVersion", recipe.Version);
            writer.WriteStartObject("BuildMetadata");
            writer.WriteString("BuildTime", BuildTime);
            writer.WriteString("BuildTool", "e3-relay");
            writer.WriteString("BuildToolVersion", typeof(EifBuilder).Assembly.GetName().Version!.ToString(3));
            writer.WriteString("OperatingSystem", "Linux");
            writer.WriteString("KernelVersion", kernelVersion);
            writer.WriteEndObject();
            writer.WriteNull("DockerInfo");
            writer.WriteNull("CustomMetadata");
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static HelperRefusedException Refused(string reason) => new(ExitCode.Refused, reason);
}
