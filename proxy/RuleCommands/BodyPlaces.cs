using System.Globalization;
using System.Text;
using System.Text.Json;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>Says for a value in a body where it stands: the normalized path of a JSON value (RFC 9535 section 2.7), the name of a form field, or else line and column.</summary>
internal sealed class BodyPlaces
{
    private readonly Dictionary<int, string> _byStart = [];
    private readonly byte[] _body;
    private readonly bool _isForm;

    public BodyPlaces(byte[] body, string? contentType)
    {
        _body = body;
        _isForm = contentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true;
        if (!_isForm)
            ReadJson();
    }

    /// <summary>The place of the value whose bytes begin there.</summary>
    public string Of(Range place) => _isForm ? FormName(place.Start.Value) : _byStart.GetValueOrDefault(place.Start.Value) ?? LineAndColumn(place.Start.Value);

    private string LineAndColumn(int start)
    {
        ReadOnlySpan<byte> before = _body.AsSpan(0, start);
        string line = Encoding.UTF8.GetString(before[(before.LastIndexOf((byte)'\n') + 1)..]);
        return string.Create(CultureInfo.InvariantCulture, $"line {before.Count((byte)'\n') + 1}, column {line.Length + 1}");
    }

    private string FormName(int start)
    {
        int from = _body.AsSpan(0, start).LastIndexOf((byte)'&') + 1;
        string name = Encoding.UTF8.GetString(_body[from..start]);
        name = name.EndsWith('=') ? name[..^1] : name;
        return Uri.UnescapeDataString(name.Replace('+', ' '));
    }

    private void ReadJson()
    {
        Utf8JsonReader reader = new(_body, new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 1000 });
        Stack<Level> levels = [];
        try
        {
            while (reader.Read())
                ReadToken(ref reader, levels);
        }
        catch (JsonException)
        {
            // What follows has no place: a body that is no JSON is refused, and then nothing is shown of it.
            return;
        }
    }

    private void ReadToken(ref Utf8JsonReader reader, Stack<Level> levels)
    {
        if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
        {
            levels.Pop();
            return;
        }

        if (reader.TokenType == JsonTokenType.PropertyName)
        {
            levels.Peek().Next = $"{levels.Peek().Path}{Step(reader.GetString() ?? "")}";
            return;
        }

        string path = levels.Count == 0 ? "$" : levels.Peek().TakeNext();
        _byStart[(int)reader.TokenStartIndex] = path;
        if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            levels.Push(new Level(path, reader.TokenType == JsonTokenType.StartArray));
    }

    private static string Step(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsLetterOrDigit(c) || c == '_') ? $".{name}" : $"['{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}']";

    /// <summary>An array or object that is open.</summary>
    private sealed class Level(string path, bool isArray)
    {
        private int _index;

        public string Path => path;

        /// <summary>The path of the member whose name was read.</summary>
        public string Next { get; set; } = "";

        public string TakeNext() => isArray ? string.Create(CultureInfo.InvariantCulture, $"{path}[{_index++}]") : Next;
    }
}
