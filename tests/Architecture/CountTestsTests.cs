using E3.Relay.Testing;

namespace E3.Relay.Architecture.Tests;

/// <summary>CI believes what <c>.ci/count-tests</c> reads from the log of <c>dotnet test</c>.</summary>
public sealed class CountTestsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData("  total: 10\n  failed: 0\n  succeeded: 10\n  skipped: 0\n", "10 0 0")]
    [InlineData("  total: 10\n  failed: 3\n  succeeded: 7\n  skipped: 0\n", "7 3 0")]
    [InlineData("  error: 1\n  total: 4\n  failed: 0\n  succeeded: 4\n  skipped: 0\n", "4 1 0")]
    [InlineData("  total: 0\n  failed: 0\n  succeeded: 0\n  skipped: 0\n", "0 0 0")]
    public async Task Summary_OfARun_IsCounted(string counts, string expected) =>
        Assert.Equal([expected], await CountAsync($"x passed (1s)\n\nTest run summary: Passed!\n{counts}  duration: 1s\n"));

    [Fact]
    public async Task Summary_PrintedByATest_DoesNotHideTheLastOne()
    {
        const string Earlier = "Test run summary: Passed!\n  total: 9\n  failed: 0\n  succeeded: 9\n  skipped: 0\n  error: 0\n";
        Assert.Equal(["1 1 0"], await CountAsync(Earlier + "Test run summary: Failed!\n  total: 2\n  failed: 1\n  succeeded: 1\n  skipped: 0\n"));
    }

    [Fact]
    public async Task SkippedTest_ThatNobodyAllowed_IsNamed()
    {
        var output = await CountAsync("skipped A.B.C(x: 1)\n  no reason\nTest run summary: Passed!\n  total: 2\n  failed: 0\n  succeeded: 1\n  skipped: 1\n");
        Assert.Equal(["1 0 1", "A.B.C"], output);
    }

    [Fact]
    public async Task SkippedTest_WithoutALineOfItsOwn_IsNoticed()
    {
        var output = await CountAsync("Test run summary: Passed!\n  total: 2\n  failed: 0\n  succeeded: 1\n  skipped: 1\n");
        Assert.Equal(2, output.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Unhandled exception\n")]
    [InlineData("Test run summary: Zero tests ran\n")]
    public async Task Log_WithoutCounts_IsAnError(string log)
    {
        await using var program = Start(log);
        Assert.NotEqual(0, await program.WaitForExitAsync());
    }

    public void Dispose() => _folder.Dispose();

    private async Task<IReadOnlyList<string>> CountAsync(string log)
    {
        await using var program = Start(log);
        Assert.True(await program.WaitForExitAsync() == 0, program.Transcript);
        return program.Output;
    }

    private ChildProgram Start(string log)
    {
        var path = _folder.PathOf("test.log");
        File.WriteAllText(path, log);
        return ChildProgram.Start(Repository.PathOf(".ci", "count-tests"), [path]);
    }
}
