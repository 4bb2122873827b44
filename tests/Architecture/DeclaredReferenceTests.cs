namespace E3.Relay.Architecture.Tests;

public sealed class DeclaredReferenceTests
{
    [Fact]
    public void Projects_OfTheCheckout_HaveOnlyTheArrowsOfTheTable()
    {
        var projects = ProjectFile.All();
        Assert.NotEmpty(projects);
        Assert.Empty(ReferenceTable.Violations(projects));
    }

    [Fact]
    public void Table_EveryProject_Exists() =>
        Assert.Empty(ReferenceTable.Projects.Except(ProjectFile.All().Select(project => project.Path)));

    [Theory]
    [InlineData("rules/E3.Relay.Rules.csproj", "<ProjectReference Include=\"../enclave/Protocol/E3.Relay.Enclave.Protocol.csproj\" />")]
    [InlineData("rules/E3.Relay.Rules.csproj", "<ProjectReference Include=\"..\\proxy\\E3.Relay.Proxy.csproj\" ReferenceOutputAssembly=\"false\" />")]
    [InlineData("rules/E3.Relay.Rules.csproj", "<StartedProgramReference Include=\"../helper/E3.Relay.Helper.csproj\" />")]
    [InlineData("rules/E3.Relay.Rules.csproj", "<Reference Include=\"Some\" HintPath=\"../some.dll\" />")]
    [InlineData("rules/E3.Relay.Rules.csproj", "<Compile Include=\"../proxy/Program.cs\" />")]
    [InlineData("enclave/Engine/E3.Relay.Enclave.Engine.csproj", "<ProjectReference Include=\"../Host/E3.Relay.Enclave.Host.csproj\" />")]
    [InlineData("proxy/E3.Relay.Proxy.csproj", "<ProjectReference Include=\"../enclave/Engine/E3.Relay.Enclave.Engine.csproj\" />")]
    [InlineData("proxy/E3.Relay.Proxy.csproj", "<ProjectReference Include=\"../tests/Testing/E3.Relay.Testing.csproj\" />")]
    [InlineData("proxy/E3.Relay.Proxy.csproj", "<StartedProgramReference Include=\"../tests/Fuzz/E3.Relay.Fuzz.csproj\" />")]
    [InlineData("tests/Host/E3.Relay.Enclave.Host.Tests.csproj", "<ProjectReference Include=\"../Helper/E3.Relay.Helper.Tests.csproj\" />")]
    [InlineData("helper/New.csproj", "")]
    [InlineData("helper/New.csproj", "<ProjectReference Include=\"../nowhere/None.csproj\" />")]
    public void Violations_OfAForbiddenArrow_AreFound(string path, string item)
    {
        var xml = $"<Project Sdk=\"Microsoft.NET.Sdk\"><ItemGroup>{item}</ItemGroup></Project>";
        var projects = ProjectFile.All();
        projects.RemoveAll(project => project.Path == path);
        projects.Add(ProjectFile.Parse(path, xml));
        Assert.Contains(ReferenceTable.Violations(projects), violation => violation.StartsWith(path, StringComparison.Ordinal));
    }

    [Fact]
    public void Violations_OfTheWebSdkUnderTheEnclave_AreFound()
    {
        var host = ProjectFile.Parse("enclave/Host/E3.Relay.Enclave.Host.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\" />");
        Assert.Contains(ReferenceTable.Violations([host]), violation => violation.Contains("SDK", StringComparison.Ordinal));
    }
}
