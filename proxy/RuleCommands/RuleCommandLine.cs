using System.CommandLine;
using System.CommandLine.Parsing;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>The part of the command line that is for authors of rules. It starts no server, no engine and no connection.</summary>
internal static class RuleCommandLine
{
    /// <summary>The first word of a command line that is for this.</summary>
    public const string Word = "rules";

    private const string Exits = "Ends with 0 when all is well, 1 when a file has a mistake, an example fails or a message is refused, 2 when the command line is wrong or a file cannot be read.";
    private const string Tokens = "Tokens in its output are placeholders, not encryption.";

    /// <summary>Runs a command.</summary>
    public static async Task<int> InvokeAsync(string[] args, CommandContext context, CancellationToken cancellationToken = default)
    {
        ParseResult parsed = Create(context).Parse(args);
        foreach (ParseError error in parsed.Errors)
            context.Error.WriteLine(error.Message);
        if (parsed.Errors.Count > 0)
        {
            context.Error.WriteLine($"'{string.Join(' ', Path(parsed.CommandResult))} --help' says what it takes.");
            return (int)CommandExit.Unusable;
        }

        try
        {
            InvocationConfiguration configuration = new() { Output = context.Output, Error = context.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (CommandException exception)
        {
            context.Error.WriteLine(exception.Message);
            return (int)CommandExit.Unusable;
        }
    }

    private static IEnumerable<string> Path(CommandResult command) =>
        command.Parent is CommandResult parent and not { Parent: null } ? [.. Path(parent), command.Command.Name] : [command.Command.Name];

    private static RootCommand Create(CommandContext context) => new("E3 Relay's proxy. Without arguments it serves, as its settings say.")
    {
        new Command(Word, $"For authors of rules: works on files alone, with no server, no engine and no network. {Exits}")
        {
            Check(context), Test(context), Try(context), Explain(context), Schema(context),
        },
    };

    private static Argument<string[]> Files()
    {
        Argument<string[]> files = new("FILES") { Arity = ArgumentArity.OneOrMore, Description = "Rule files; - is the standard input." };
        files.Validators.Add(result =>
        {
            foreach (Token token in result.Tokens.Where(token => token.Value is ['-', _, ..]))
                result.AddError($"There is no option '{token.Value}'.");
        });
        return files;
    }

    private static Option<bool> Together() => new("--together") { Description = "Load all files as one set, as a listener does that names them all; otherwise each is a set of its own." };

    private static Command Check(CommandContext context)
    {
        Argument<string[]> files = Files();
        Option<bool> together = Together(), json = new("--json") { Description = "As JSON." };
        Option<bool> strict = new("--warnings-as-errors") { Description = "End with 1 when there are warnings." };
        Command command = new("check", $"Prints every mistake and every warning of all files with its place. {Exits}") { files, together, strict, json };
        command.SetAction(parsed => (int)CheckCommand.Run(context, parsed.GetRequiredValue(files), parsed.GetValue(together), parsed.GetValue(strict), parsed.GetValue(json)));
        return command;
    }

    private static Command Test(CommandContext context)
    {
        Argument<string[]> files = Files();
        Option<bool> together = Together();
        Command command = new("test", $"Runs the examples of the rules. {Tokens} {Exits}") { files, together };
        command.SetAction(async (parsed, cancellationToken) => (int)await TestCommand.RunAsync(context, parsed.GetRequiredValue(files), parsed.GetValue(together), cancellationToken));
        return command;
    }

    private static Command Try(CommandContext context)
    {
        Option<string[]> rules = new("--rule") { Required = true, Description = "A rule file; repeatable, the files are then loaded together." };
        Option<string> body = new("--body") { Required = true, Description = "The file with the body; - is the standard input." };
        Option<string?> method = new("--method") { Description = "The method; the first that the rule names when not given." };
        Option<string?> url = new("--url") { Description = "The URL or its path; a path under the rule's when not given." };
        Option<string?> type = new("--type") { Description = "The content type; what the body looks like when not given." };
        Option<bool> response = new("--response") { Description = "The body is the upstream's response." };
        Option<string[]> claims = new("--as") { Description = "A claim of the caller, such as sub=u1. Repeatable.", DefaultValueFactory = _ => [] };
        Option<string[]> headers = new("--header") { Description = "A field of the head, such as 'X-Card: 4242'. Repeatable.", DefaultValueFactory = _ => [] };
        Command command = new("try", $"Shows what would be selected in a body, and the body before and after. {Tokens} {Exits}") { rules, body, method, url, type, response, claims, headers };
        command.SetAction(async (parsed, cancellationToken) => (int)await TryCommand.RunAsync(
            context,
            new TryOptions
            {
                Rules = parsed.GetRequiredValue(rules),
                Body = parsed.GetRequiredValue(body),
                Method = parsed.GetValue(method),
                Url = parsed.GetValue(url),
                Type = parsed.GetValue(type),
                IsResponse = parsed.GetValue(response),
                As = parsed.GetValue(claims) ?? [],
                Headers = parsed.GetValue(headers) ?? [],
            },
            cancellationToken));
        return command;
    }

    private static Command Explain(CommandContext context)
    {
        Argument<string> method = new("METHOD"), url = new("URL") { Description = "A URL or its path, as it would stand in the request: nothing is decoded." };
        Argument<string[]> files = Files();
        Option<string?> type = new("--type") { Description = "The content type of the bodies." };
        Option<bool> together = Together();
        Command command = new("explain", $"Says which rules apply to a request, in which order, and why the others do not. {Exits}") { method, url, files, type, together };
        command.SetAction(parsed => (int)ExplainCommand.Run(
            context, parsed.GetRequiredValue(method), parsed.GetRequiredValue(url), parsed.GetValue(type), parsed.GetRequiredValue(files), parsed.GetValue(together)));
        return command;
    }

    private static Command Schema(CommandContext context)
    {
        Command command = new("schema", "Prints the JSON Schema of rule files, for editors.");
        command.SetAction(_ =>
        {
            context.Output.Write(RuleSchema.Write());
            return (int)CommandExit.Success;
        });
        return command;
    }
}
