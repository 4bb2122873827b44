using System.Text;

namespace E3.Relay.Rules.Bodies;

/// <summary>Finds fields of a form in a query: many servers read both as one set of fields, and a value in the query would pass a form selector by.</summary>
internal static class QueryScan
{
    /// <summary>The first form selector that names a field of the query, or -1. A selector of all names says nothing about queries.</summary>
    /// <param name="query">The query with its question mark, or nothing.</param>
    /// <param name="form">The form selectors.</param>
    internal static int FindFormField(string query, FormMatcher form)
    {
        if (query.Length < 2)
            return -1;
        byte[] utf8 = Encoding.UTF8.GetBytes(query);
        byte[] decoded = new byte[utf8.Length];
        List<int> selectors = [];
        ReadOnlySpan<byte> rest = utf8.AsSpan(1);
        while (!rest.IsEmpty)
        {
            int length = rest.IndexOfAny((byte)'&', (byte)';');
            ReadOnlySpan<byte> name = rest[..(length < 0 ? rest.Length : length)];
            rest = length < 0 ? default : rest[(length + 1)..];
            name = Decode(name.IndexOf((byte)'=') is int equals and >= 0 ? name[..equals] : name, decoded);
            form.Match(name, selectors);
            foreach (int selector in selectors)
            {
                if (!form.TakesAllNames(selector))
                    return selector;
            }
        }

        return -1;
    }

    // What is no escape stays as it is, as servers leave it; some end a name at NUL.
    private static ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> name, Span<byte> destination)
    {
        if (FormText.IsEncoded(name) && FormText.TryDecode(name, destination, out int written))
            name = destination[..written];
        return name.IndexOf((byte)0) is int end and >= 0 ? name[..end] : name;
    }
}
