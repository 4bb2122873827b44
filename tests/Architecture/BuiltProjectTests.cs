namespace E3.Relay.Architecture.Tests;

public sealed class BuiltProjectTests
{
    private const string Core = "Microsoft.NETCore.App";
    private const string AspNet = "Microsoft.AspNetCore";
    private const string Ours = "E3.Relay.";

    // What enters the measured image besides our own code. An addition is a decision, not a consequence.
    private static readonly string[] EnclavePackages =
    [
        "BouncyCastle.Cryptography", "MessagePack", "MessagePack.Annotations", "Microsoft.NET.StringTools", "System.Formats.Cbor", "System.Security.Cryptography.Pkcs",
    ];

    public static TheoryData<string> Product => [.. ReferenceTable.Projects];

    public static TheoryData<string> WithoutAspNet => [.. ReferenceTable.Projects.Where(ReferenceTable.IsWithoutAspNet)];

    [Theory]
    [MemberData(nameof(Product))]
    public void Assets_Projects_AreThoseOfTheTable(string path)
    {
        // The restored graph is transitive, so what the table allows is followed to its end.
        var reachable = new HashSet<string>();
        void Follow(string name)
        {
            var project = ReferenceTable.Projects.Single(project => Path.GetFileNameWithoutExtension(project) == name);
            foreach (var next in ReferenceTable.AssembliesFor(project).Where(reachable.Add))
                Follow(next);
        }

        var built = new BuiltProject(path);
        Follow(built.Name);
        Assert.Empty(built.Assets().Projects.Except(reachable));
    }

    [Theory]
    [MemberData(nameof(Product))]
    public void Assembly_NamesOnlyOurAssembliesOfTheTable(string path)
    {
        var references = new BuiltProject(path).AssemblyReferences();
        Assert.NotEmpty(references);
        Assert.Empty(references.Where(name => name.StartsWith(Ours, StringComparison.Ordinal)).Except(ReferenceTable.AssembliesFor(path)));
    }

    [Fact]
    public void Engine_OfOurs_KnowsOnlyTheProtocol() =>
        Assert.Equal(["E3.Relay.Enclave.Protocol"], ReferenceTable.AssembliesFor("enclave/Engine/E3.Relay.Enclave.Engine.csproj"));

    [Theory]
    [MemberData(nameof(WithoutAspNet))]
    public void EnclaveAndRules_Restored_HaveNoFrameworkButTheCore(string path)
    {
        var assets = new BuiltProject(path).Assets();
        Assert.Equal([Core], assets.Frameworks);
        Assert.DoesNotContain(assets.Packages, package => package.StartsWith(AspNet, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(WithoutAspNet))]
    public void EnclaveAndRules_Built_NameNoAspNetAssembly(string path)
    {
        var assemblies = new BuiltProject(path).OutputAssemblies();
        Assert.NotEmpty(assemblies);
        Assert.All(assemblies, assembly =>
            Assert.DoesNotContain(BuiltProject.AssemblyReferences(assembly), name => name.StartsWith(AspNet, StringComparison.Ordinal)));
    }

    [Fact]
    public void Host_Started_DemandsOnlyTheCoreFramework() =>
        Assert.Equal([Core], new BuiltProject("enclave/Host/E3.Relay.Enclave.Host.csproj").RuntimeFrameworks()!);

    [Fact]
    public void EnclaveAndRules_Libraries_DemandNoFramework()
    {
        foreach (var path in ReferenceTable.Projects.Where(path => ReferenceTable.IsWithoutAspNet(path) && !path.Contains("/Host/", StringComparison.Ordinal)))
            Assert.Null(new BuiltProject(path).RuntimeFrameworks());
    }

    [Fact]
    public void Host_Packages_AreThoseDecidedOn()
    {
        var packages = new BuiltProject("enclave/Host/E3.Relay.Enclave.Host.csproj").Assets().Packages;
        Assert.NotEmpty(packages);
        Assert.Empty(packages.Except(EnclavePackages));
    }

    // The other side of the checks above: the same readers do see ASP.NET Core where it is.
    [Theory]
    [InlineData("proxy/E3.Relay.Proxy.csproj")]
    [InlineData("helper/E3.Relay.Helper.csproj")]
    [InlineData("samples/echo/E3.Relay.Samples.Echo.csproj")]
    public void WebProject_ReadTheSameWay_ShowsAspNet(string path)
    {
        var built = new BuiltProject(path);
        Assert.Contains("Microsoft.AspNetCore.App", built.Assets().Frameworks);
        Assert.Contains("Microsoft.AspNetCore.App", built.RuntimeFrameworks()!);
    }

    [Fact]
    public void Echo_Built_NamesAspNetAssemblies() =>
        Assert.Contains(
            new BuiltProject("samples/echo/E3.Relay.Samples.Echo.csproj").AssemblyReferences(),
            name => name.StartsWith(AspNet, StringComparison.Ordinal));

    [Fact]
    public void Assets_PackageWithoutRuntimeAssets_IsLeftOut()
    {
        var assets = ResolvedAssets.Parse("""
            {"project":{"frameworks":{"net10.0":{"frameworkReferences":{"Microsoft.NETCore.App":{}}}}},
             "targets":{"net10.0":{
               "Tool/1.0.0":{"type":"package","build":{"build/Tool.targets":{}}},
               "Empty/1.0.0":{"type":"package","runtime":{"lib/net10.0/_._":{}}},
               "Real/1.0.0":{"type":"package","runtime":{"lib/net10.0/Real.dll":{}},"frameworkReferences":["Microsoft.AspNetCore.App"]},
               "E3.Relay.Rules/0.1.0":{"type":"project"}}}}
            """);
        Assert.Equal(["Real"], assets.Packages);
        Assert.Equal(["E3.Relay.Rules"], assets.Projects);
        Assert.Equal(["Microsoft.AspNetCore.App", "Microsoft.NETCore.App"], assets.Frameworks);
    }
}
