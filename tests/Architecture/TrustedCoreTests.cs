using System.Globalization;

namespace E3.Relay.Architecture.Tests;

/// <summary>The trusted core is small enough to be read in one sitting.</summary>
public sealed class TrustedCoreTests
{
    private const int CoreLinesMax = 2000;
    private const int ProtocolLinesMax = 1000;

    // Read by .ci/run, which prints it.
    private static readonly string Report = Path.Combine(AppContext.BaseDirectory, "trusted-core.txt");

    [Fact]
    public void TrustedCore_Counted_IsUnderItsLimits()
    {
        var engine = CountFolder("enclave/Engine/");
        var host = CountFolder("enclave/Host/");
        var protocol = CountFolder("enclave/Protocol/");
        var packages = new BuiltProject("enclave/Host/E3.Relay.Enclave.Host.csproj").Assets().Packages;

        var report = string.Create(
            CultureInfo.InvariantCulture,
            $"Trusted core: Engine {engine} + Host {host} = {engine + host} lines (under {CoreLinesMax}), Protocol {protocol} (under {ProtocolLinesMax}); packages: {string.Join(", ", packages)}");
        File.WriteAllText(Report, report + "\n");
        TestContext.Current.TestOutputHelper!.WriteLine(report);

        Assert.True(engine + host < CoreLinesMax, report);
        Assert.True(protocol < ProtocolLinesMax, report);
    }

    private static int CountFolder(string folder)
    {
        var files = Checkout.Files(".cs").Where(path => path.StartsWith(folder, StringComparison.Ordinal)).ToArray();
        Assert.True(files.Length > 0, $"No C# in {folder}");
        return files.Sum(path => CodeLines.Count(Checkout.Read(path)));
    }
}
