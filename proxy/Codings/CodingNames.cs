using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace E3.Relay.Proxy.Codings;

/// <summary>Content codings as header fields name them.</summary>
internal static class CodingNames
{
    /// <summary>No coding.</summary>
    public const string Identity = "identity";

    /// <summary>The coding that a Content-Encoding field names; null when it cannot be undone. A list is none: one reader could undo it in part, or in another order.</summary>
    public static ContentCoding? Read(StringValues contentEncoding) =>
        contentEncoding.Count == 0 ? ContentCoding.Identity : contentEncoding.Count == 1 ? Read(contentEncoding[0]) : null;

    /// <summary>
    /// What may be asked of the upstream: what the client accepts and what can be undone, with the weights that the client gave. No coding when nothing is left.
    /// </summary>
    public static string Intersect(StringValues acceptEncoding)
    {
        List<string> kept = [];
        foreach (string item in acceptEncoding.SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
        {
            string[] parts = item.Split(';', 2, StringSplitOptions.TrimEntries);
            if (Read(parts[0]) is { } coding && (parts.Length == 1 || IsWeight(parts[1])) && !kept.Contains(item, StringComparer.OrdinalIgnoreCase))
                kept.Add(item);
        }

        return kept.Exists(item => Read(item.Split(';')[0].TrimEnd()) != ContentCoding.Identity) ? string.Join(", ", kept) : Identity;
    }

    private static ContentCoding? Read(string? name) => name?.ToLowerInvariant() switch
    {
        Identity => ContentCoding.Identity,
        "gzip" or "x-gzip" => ContentCoding.Gzip,
        "deflate" => ContentCoding.Deflate,
        "br" => ContentCoding.Brotli,
        "zstd" => ContentCoding.Zstandard,
        _ => null,
    };

    /// <summary>RFC 9110, section 12.4.2.</summary>
    private static bool IsWeight(string text) =>
        text.StartsWith("q=", StringComparison.OrdinalIgnoreCase) && text.Length is > 2 and <= 7
        && decimal.TryParse(text.AsSpan(2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal weight) && weight is >= 0 and <= 1;
}
