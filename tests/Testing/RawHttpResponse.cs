using System.Text;

namespace E3.Relay.Testing;

/// <summary>An HTTP/1.1 response as it came over the wire.</summary>
/// <param name="StatusLine">The first line, without its end.</param>
/// <param name="Headers">Names and values in the order sent, repeated ones repeated.</param>
/// <param name="Body">The body with any chunked coding taken off.</param>
/// <param name="Complete">False when the connection ended before the declared end of the body.</param>
public sealed record RawHttpResponse(string StatusLine, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body, bool Complete)
{
    /// <summary>The status code, or 0 when the status line has none.</summary>
    public int Status => StatusLine.Split(' ') is [_, var code, ..] && int.TryParse(code, out var status) ? status : 0;

    /// <summary>The body as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The value of the first header with that name, or null.</summary>
    public string? Header(string name) =>
        Headers.FirstOrDefault(header => string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase)).Value;
}
