using System.Globalization;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>The fields of a head as it goes on, for examples that speak of them.</summary>
internal static class HeadFields
{
    /// <summary>The parts of a head that an example may speak of.</summary>
    public static readonly string[] Places = ["query", "header", "cookie", "path"];

    /// <summary>The fields of one part.</summary>
    /// <param name="place">Which part.</param>
    /// <param name="result">The message.</param>
    /// <param name="isResponse">Whether it is a response.</param>
    public static IEnumerable<(string Name, string Value)> Of(string place, DryRunResult result, bool isResponse) => place switch
    {
        "header" => result.Headers.Select(header => (header.Key, header.Value)),
        "cookie" => result.Headers.Where(header => header.Key.Equals(isResponse ? "Set-Cookie" : "Cookie", StringComparison.OrdinalIgnoreCase))
            .SelectMany(header => isResponse ? [header.Value.Split(';')[0]] : header.Value.Split(';')).Select(pair => Split(pair.Trim())),
        "query" => Query(result.Target ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => Split(pair.Replace('+', ' ')))
            .Select(pair => (Uri.UnescapeDataString(pair.Name), Uri.UnescapeDataString(pair.Value))),
        _ => Segments(result.Target ?? "").Select((segment, i) => ((i + 1).ToString(CultureInfo.InvariantCulture), segment)),
    };

    /// <summary>Whether a selector of an example names a field: a whole name, or with * at its end the beginning of one.</summary>
    public static bool IsNamed(string selector, string name) =>
        selector.EndsWith('*') ? name.StartsWith(selector[..^1], StringComparison.OrdinalIgnoreCase) : name.Equals(selector, StringComparison.OrdinalIgnoreCase);

    private static string Query(string target) => target.IndexOf('?', StringComparison.Ordinal) is int at and >= 0 ? target[(at + 1)..] : "";

    private static IEnumerable<string> Segments(string target) =>
        RequestTarget.TryParse(target, "", out RequestTarget? parsed, out _) ? parsed.Segments : [];

    private static (string Name, string Value) Split(string pair)
    {
        int equals = pair.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (pair, "") : (pair[..equals].Trim(), pair[(equals + 1)..].Trim().Trim('"'));
    }
}
