using E3.Relay.Rules;
using Microsoft.Extensions.Primitives;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Header fields as the lines that rules read and write.</summary>
internal static class HeaderLines
{
    /// <summary>All lines.</summary>
    public static List<HeaderLine> Read(IHeaderDictionary headers)
    {
        var lines = new List<HeaderLine>(headers.Count);
        foreach (KeyValuePair<string, StringValues> header in headers)
        {
            foreach (string? value in header.Value)
                lines.Add(new HeaderLine(header.Key, value ?? ""));
        }

        return lines;
    }

    /// <summary>Sets those fields of which a line was changed.</summary>
    public static void Apply(IReadOnlyList<HeaderLine> lines, IHeaderDictionary headers)
    {
        for (int start = 0; start < lines.Count;)
        {
            string name = lines[start].Name;
            int end = start + 1;
            while (end < lines.Count && lines[end].Name == name)
                end++;
            string?[] values = [.. lines.Skip(start).Take(end - start).Select(line => line.Value)];
            if (!values.SequenceEqual(headers[name]))
                headers[name] = values;
            start = end;
        }
    }
}
