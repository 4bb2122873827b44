using System.Text;
using E3.Relay.Proxy.RuleCommands;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests.RuleCommands;

/// <summary>A command run in this process, with what it wrote.</summary>
/// <param name="Code">What it ended with.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record CommandRun(int Code, string Output, string Error)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static async Task<CommandRun> RunAsync(string[] args, string input = "", bool colours = false)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        using MemoryStream stdin = new(Encoding.UTF8.GetBytes(input));
        int code = await RuleCommandLine.InvokeAsync(["rules", .. args], new CommandContext(output, error, stdin, colours));
        return new CommandRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command on one rule file, whose name <c>FILE</c> stands for among the arguments.</summary>
    public static async Task<CommandRun> RunAsync(string rules, string[] args, string input = "", bool colours = false)
    {
        using TempFolder folder = new();
        string file = folder.PathOf("r.yaml");
        await File.WriteAllTextAsync(file, rules);
        CommandRun run = await RunAsync([.. args.Select(arg => arg == "FILE" ? file : arg)], input, colours);
        return run with { Output = run.Output.Replace(file, "r.yaml", StringComparison.Ordinal), Error = run.Error.Replace(file, "r.yaml", StringComparison.Ordinal) };
    }
}
