using System.Text;
using System.Text.Json;

namespace E3.Relay.Rules.Tests.Bodies;

/// <summary>All values of a document in its order, each with where it stands and its normalized path (RFC 9535, section 2.7).</summary>
internal sealed class JsonPlaces
{
    private readonly List<Place> _all = [];

    internal JsonPlaces(ReadOnlySpan<byte> document)
    {
        Utf8JsonReader reader = new(document);
        reader.Read();
        Add(ref reader, "$");
    }

    internal IReadOnlyList<Place> All => _all;

    /// <summary>Where the scalars that are no nulls begin, of the values at these paths and inside of them.</summary>
    internal SortedSet<int> LeavesOf(IEnumerable<string> paths)
    {
        HashSet<string> chosen = [.. paths];
        Assert.True(chosen.IsSubsetOf(_all.Select(place => place.Path)));
        SortedSet<int> leaves = [];
        for (int i = 0; i < _all.Count; i++)
        {
            for (int j = i; chosen.Contains(_all[i].Path) && j < _all[i].Next; j++)
            {
                if (_all[j].Kind is not (JsonTokenType.StartObject or JsonTokenType.StartArray or JsonTokenType.Null))
                    leaves.Add(_all[j].Start);
            }
        }

        return leaves;
    }

    private void Add(ref Utf8JsonReader reader, string path)
    {
        int own = _all.Count;
        JsonTokenType kind = reader.TokenType;
        _all.Add(new Place(path, (int)reader.TokenStartIndex, kind, 0));
        for (int i = 0; kind == JsonTokenType.StartArray && reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            Add(ref reader, $"{path}[{i}]");
        while (kind == JsonTokenType.StartObject && reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            reader.Read();
            Add(ref reader, $"{path}['{Escape(name)}']");
        }

        _all[own] = _all[own] with { Next = _all.Count };
    }

    private static string Escape(string name)
    {
        StringBuilder escaped = new();
        foreach (char c in name)
        {
            escaped.Append(c switch
            {
                '\b' => "\\b",
                '\t' => "\\t",
                '\n' => "\\n",
                '\f' => "\\f",
                '\r' => "\\r",
                '\'' => "\\'",
                '\\' => "\\\\",
                < ' ' => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        return escaped.ToString();
    }

    /// <summary>One value.</summary>
    /// <param name="Path">Its normalized path.</param>
    /// <param name="Start">Its first byte.</param>
    /// <param name="Kind">Its first token.</param>
    /// <param name="Next">The number of the value after it and all that is inside of it.</param>
    internal sealed record Place(string Path, int Start, JsonTokenType Kind, int Next);
}
