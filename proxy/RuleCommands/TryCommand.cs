using System.Text;
using E3.Relay.Enclave.Protocol.Tokens;
using E3.Relay.Proxy.Configuration;
using E3.Relay.Rules;
using E3.Relay.Rules.Explanations;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary><c>rules try</c>: what would be selected in one body, and the body before and after.</summary>
internal static class TryCommand
{
    /// <summary>What stands under every output with tokens.</summary>
    public const string Disclaimer = "Tokens are placeholders, not encryption: they are made without keys and open in this run alone.";

    private const int Red = 31, Green = 32, Dim = 2, ShownMax = 40, TokenShown = 16;

    public static async Task<CommandExit> RunAsync(CommandContext context, TryOptions options, CancellationToken cancellationToken)
    {
        byte[] body = context.Read(options.Body, new LimitOptions().BodyBytesMax + 1);
        if (RuleFileSets.LoadOrReport(context, options.Rules, together: true) is not [var loaded])
            return CommandExit.Failed;
        foreach (ObservingRule observing in loaded.Observing)
            context.Output.WriteLine($"rule '{observing.Id}' only observes in traffic; here it is applied");
        RuleSet rules = loaded.ApplyObserving();
        using DryRun run = new(rules);
        DryRunRequest request = RequestOf(rules, options, body);
        string asked = $"{request.Method} {request.Target} at {request.Host}, {request.ContentType ?? "no content type"}{(options.IsResponse ? ", the response" : "")}";
        context.Output.WriteLine(asked);
        DryRunResult result = options.IsResponse
            ? await run.ReceiveAsync(request, new DryRunResponse(200, request.ContentType, request.Headers, body), cancellationToken)
            : await run.SendAsync(request, cancellationToken);
        if (result.Error is { } error)
        {
            context.Output.WriteLine(context.Paint(Red, $"refused: {error.Status} {error.Code}{(error.RuleId is null ? "" : $" by rule '{error.RuleId}'")}"));
            return CommandExit.Failed;
        }

        WriteFields(context, result, request.ContentType);
        if (result.Target is { } target && target != request.Target)
            context.Output.WriteLine($"forwarded as {Shown(Encoding.UTF8.GetBytes(target))}");
        WriteBody(context, result);
        context.Output.WriteLine(Disclaimer);
        return CommandExit.Success;
    }

    private static DryRunRequest RequestOf(RuleSet rules, TryOptions options, byte[] body)
    {
        RuleOutline? tried = rules.Outline.FirstOrDefault(rule => options.IsResponse ? rule.HasResponse : rule.HasRequest);
        RequestLine line = RequestLine.Parse(options.Url ?? tried?.Path ?? "/");
        return new DryRunRequest
        {
            Method = options.Method ?? tried?.Method ?? (options.IsResponse ? "GET" : "POST"),
            Target = line.Target,
            Host = line.Host ?? tried?.Host ?? "example.com",
            ContentType = options.Type ?? TypeOf(body),
            Caller = RequestLine.Claims(options.As),
            Headers = RequestLine.Fields(options.Headers),
            Body = body,
        };
    }

    private static string TypeOf(byte[] body) => body.AsSpan().TrimStart(" \t\r\n"u8) switch
    {
        [(byte)'{' or (byte)'[' or (byte)'"', ..] => "application/json",
        [(byte)'<', ..] => "application/xml",
        _ => "application/x-www-form-urlencoded",
    };

    private static void WriteFields(CommandContext context, DryRunResult result, string? contentType)
    {
        if (result.Fields.Count == 0)
        {
            context.Output.WriteLine("nothing is selected");
            return;
        }

        BodyPlaces places = new(result.Before, contentType);
        string[][] rows = [.. result.Fields.Select(field => Row(field, places))];
        int[] widths = [.. Enumerable.Range(0, 4).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
            context.Output.WriteLine($"  {string.Join("  ", Enumerable.Range(0, 4).Select(column => row[column].PadRight(widths[column])))}  {row[4]}");
    }

    private static string[] Row(TracedField field, BodyPlaces places) =>
    [
        field.Operation.RuleId,
        $"{(field.Operation.Preserve is null ? "" : "preserving ")}{field.Operation.Action.ToString().ToLowerInvariant()} {field.Operation.Role}".TrimEnd(),
        field.Place.Part == "body" ? places.Of(field.Place.Bytes) : $"{field.Place.Part} {field.Place.Name}",
        field.Type.ToString().ToLowerInvariant(),
        $"{Shorten(field.Value)} -> {(field.NewValue is { } made ? Shorten(made) : "stays as it is")}",
    ];

    private static void WriteBody(CommandContext context, DryRunResult result)
    {
        string before = Shown(result.Before), after = Shown(result.After);
        if (before == after)
        {
            context.Output.WriteLine("the body goes on as it came");
            return;
        }

        foreach ((char mark, string line) in LineDiff.Compare(before, after))
            context.Output.WriteLine(context.Paint(mark switch { '-' => Red, '+' => Green, _ => Dim }, $"{mark} {line}"));
    }

    /// <summary>The text with its tokens cut short, and nothing that a terminal would act on.</summary>
    private static string Shown(byte[] body)
    {
        body = body is [.. var line, (byte)'\n'] ? line : body;
        StringBuilder shown = new();
        int at = 0;
        while (TokenScanner.TryFind(body, at, out int offset, out int length))
        {
            shown.Append(Encoding.UTF8.GetString(body.AsSpan(at, offset - at))).Append(Encoding.ASCII.GetString(body.AsSpan(offset, TokenShown))).Append('…');
            at = offset + length;
        }

        return Printable(shown.Append(Encoding.UTF8.GetString(body.AsSpan(at))).ToString());
    }

    private static string Shorten(string value)
    {
        bool isToken = TokenGrammar.IsToken(Encoding.UTF8.GetBytes(value));
        string shown = Printable(isToken ? value[..TokenShown] + "…" : value).Replace('\n', ' ');
        return shown.Length <= ShownMax ? shown : shown[..ShownMax] + "…";
    }

    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) && c != '\n' ? '\uFFFD' : c));
}
