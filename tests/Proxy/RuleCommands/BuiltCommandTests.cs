using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests.RuleCommands;

/// <summary>The built program as an author runs it: in a folder without settings, and with nothing listening.</summary>
public sealed class BuiltCommandTests
{
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, "../../E3.Relay.Proxy", new DirectoryInfo(AppContext.BaseDirectory).Name, "E3.Relay.Proxy");

    [Theory]
    [InlineData(0, "check", "r.yaml")]
    [InlineData(0, "test", "r.yaml")]
    [InlineData(2, "check", "none.yaml")]
    [InlineData(2, "nothing")]
    public async Task Rules_InAnyFolder_EndWithTheCodeOfTheCommand(int code, params string[] args)
    {
        using TempFolder folder = new();
        await File.WriteAllTextAsync(folder.PathOf("r.yaml"), "app: shop\nrules: []\n");
        await using ChildProgram program = ChildProgram.Start(Executable, ["rules", .. args], workingDirectory: folder.Path);
        Assert.Equal(code, await program.WaitForExitAsync());
        Assert.DoesNotContain("listen", program.Transcript, StringComparison.OrdinalIgnoreCase);
    }
}
