using System.Diagnostics;

namespace E3.Relay.Benchmarks.Proxy;

/// <summary>
/// Runs a program that does not watch its standard input, and ends it and all below it when ours ends: so it does not outlive a benchmark that is killed.
/// </summary>
internal static class Guard
{
    public const string Argument = "guard";

    public static async Task<int> RunAsync(string path)
    {
        using Process program = Process.Start(new ProcessStartInfo(path) { RedirectStandardInput = true }) ?? throw new InvalidOperationException($"{path} did not start.");
        Task input = Console.OpenStandardInput().CopyToAsync(Stream.Null);
        if (await Task.WhenAny(input, program.WaitForExitAsync()) == input)
            program.Kill(entireProcessTree: true);
        await program.WaitForExitAsync();
        return program.ExitCode;
    }
}
