using System.Diagnostics;
using System.Text;
using System.Text.Json;
using E3.Relay.Helper.Eif;
using E3.Relay.Helper.Tee;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Eif;

public sealed class EifBuilderTests
{
    [Fact]
    public void Build_SameParts_GivesTheSameBytes() => Assert.Equal(EifSamples.Image.Write(), EifSamples.Image.Write());

    [Theory]
    [InlineData("engine", true, true, false)]
    [InlineData("module", true, true, false)]
    [InlineData("kernel", true, true, false)]
    [InlineData("command line", true, true, false)]
    [InlineData("arguments", true, true, false)]
    [InlineData("configuration", true, false, true)]
    [InlineData("name", false, false, false)]
    public void Build_OnePartChanged_ChangesTheRegistersOfThatPart(string part, bool pcr0, bool pcr1, bool pcr2)
    {
        EifRecipe recipe = EifSamples.Recipe;
        byte[] engine = [.. recipe.Engine.ToArray(), 0];
        EifRecipe changed = part switch
        {
            "engine" => recipe with { Engine = engine },
            "module" => recipe with { Modules = [("other.ko", recipe.Modules[0].Bytes)] },
            "kernel" => recipe with { Kernel = EifSamples.Kernel("6.12.1") },
            "command line" => recipe with { CommandLine = $"quiet {recipe.CommandLine}" },
            "arguments" => recipe with { Arguments = ["--emulated", .. recipe.Arguments] },
            "configuration" => recipe with { Configuration = Encoding.UTF8.GetBytes("{ }") },
            _ => recipe with { Name = "other", Version = "2" },
        };

        TeeMeasurement before = EifMeasurement.Of(EifSamples.Image);
        TeeMeasurement after = EifMeasurement.Of(EifBuilder.Build(changed));
        Assert.Equal(pcr0, !before.Pcr0.AsSpan().SequenceEqual(after.Pcr0));
        Assert.Equal(pcr1, !before.Pcr1.AsSpan().SequenceEqual(after.Pcr1));
        Assert.Equal(pcr2, !before.Pcr2.AsSpan().SequenceEqual(after.Pcr2));
    }

    [Fact]
    public void Build_Metadata_HasTheMembersOfTheReferenceToolAndNoClock()
    {
        using var metadata = JsonDocument.Parse(EifSamples.Image.Find(EifSectionKind.Metadata)!.Value);
        JsonElement build = metadata.RootElement.GetProperty("BuildMetadata");
        Assert.Equal("6.12.0-test", build.GetProperty("KernelVersion").GetString());
        Assert.Equal("1970-01-01T00:00:00+00:00", build.GetProperty("BuildTime").GetString());
        Assert.Equal(JsonValueKind.Null, metadata.RootElement.GetProperty("DockerInfo").ValueKind);
    }

    // Only root may make a device, so its entry is read here and unpacked nowhere.
    [Fact]
    public void Build_FirstRamdisk_HasTheConsole()
    {
        string generic = Encoding.Latin1.GetString(EifSamples.Image.Sections[3].Data.Span);
        int at = generic.IndexOf("dev/console\0", StringComparison.Ordinal);
        Assert.Equal("0000000500000001", generic.Substring(at - 32, 16));
    }

    // What the kernel does with it: several archives are unpacked one over the other.
    [Fact]
    public async Task Build_Ramdisks_UnpackToTheEngineItsModulesAndItsConfiguration()
    {
        if (!File.Exists("/usr/bin/cpio") && !File.Exists("/bin/cpio"))
        {
            Assert.Skip("cpio is not installed.");
            return;
        }

        using var folder = new TempFolder();
        foreach (EifSection section in EifSamples.Image.Sections.Where(static section => section.Kind == EifSectionKind.Ramdisk))
        {
            using var cpio = Process.Start(new ProcessStartInfo("cpio", ["-idm", "--quiet", "--no-absolute-filenames", "-f", "dev/console"]) { WorkingDirectory = folder.Path, RedirectStandardInput = true })!;
            await cpio.StandardInput.BaseStream.WriteAsync(section.Data, TestContext.Current.CancellationToken);
            cpio.StandardInput.Close();
            await cpio.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, cpio.ExitCode);
        }

        Assert.Equal("{}", await File.ReadAllTextAsync(folder.PathOf("e3/config.json"), TestContext.Current.CancellationToken));
        Assert.Equal(EifSamples.Program(interpreted: false), await File.ReadAllBytesAsync(folder.PathOf("init"), TestContext.Current.CancellationToken));
        Assert.True(File.GetUnixFileMode(folder.PathOf("init")).HasFlag(UnixFileMode.UserExecute));
        Assert.True(File.Exists(folder.PathOf("e3/modules/00-nsm.ko")));
        Assert.True(Directory.Exists(folder.PathOf("proc")));
        Assert.Equal(EifBuilder.DefaultArguments, await File.ReadAllLinesAsync(folder.PathOf("e3/arguments"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Build_PartThatIsNone_IsRefused()
    {
        EifRecipe recipe = EifSamples.Recipe;
        foreach (EifRecipe wrong in (EifRecipe[])
            [
                recipe with { Kernel = new byte[4096] },
                recipe with { Kernel = new byte[3] },
                recipe with { Engine = EifSamples.Program(interpreted: true) },
                recipe with { Engine = new byte[100] },
                recipe with { Engine = EifSamples.Program(interpreted: false).AsMemory(0, 70) },
                recipe with { Modules = [("nsm.ko.xz", new byte[] { 0xfd, 0x37, 0x7a, 0x58, 0x5a })] },
                recipe with { CommandLine = new string('a', 2048) },
                recipe with { CommandLine = "a\nb" },
                recipe with { CommandLine = "ä" },
            ])
        {
            Assert.Equal(ExitCode.Refused, Assert.Throws<HelperRefusedException>(() => EifBuilder.Build(wrong)).Code);
        }
    }
}
