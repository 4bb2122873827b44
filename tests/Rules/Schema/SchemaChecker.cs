using System.Text.Json;
using System.Text.RegularExpressions;

namespace E3.Relay.Rules.Tests.Schema;

/// <summary>Checks a document against the keywords of JSON Schema (draft 7) that the schema of rules has; any other keyword is an error of the schema.</summary>
internal sealed class SchemaChecker(JsonElement schema)
{
    private readonly List<string> _mistakes = [];

    public IReadOnlyList<string> Check(JsonElement document)
    {
        _mistakes.Clear();
        Check(document, schema, "$");
        return [.. _mistakes];
    }

    private bool Passes(JsonElement value, JsonElement shape)
    {
        int before = _mistakes.Count;
        Check(value, shape, "");
        bool passes = _mistakes.Count == before;
        _mistakes.RemoveRange(before, _mistakes.Count - before);
        return passes;
    }

    private void Check(JsonElement value, JsonElement shape, string at)
    {
        foreach (JsonProperty keyword in shape.EnumerateObject())
        {
            if (!Holds(keyword, value, shape, at))
                _mistakes.Add($"{at}: {keyword.Name}");
        }
    }

    private bool Holds(JsonProperty keyword, JsonElement value, JsonElement shape, string at)
    {
        JsonElement wanted = keyword.Value;
        switch (keyword.Name)
        {
            case "$schema" or "title" or "description" or "definitions":
                return true;
            case "$ref":
                Check(value, schema.GetProperty("definitions").GetProperty(wanted.GetString()!["#/definitions/".Length..]), at);
                return true;
            case "type":
                return wanted.ValueKind == JsonValueKind.Array ? wanted.EnumerateArray().Any(type => Is(value, type.GetString()!)) : Is(value, wanted.GetString()!);
            case "enum":
                return wanted.EnumerateArray().Any(option => JsonElement.DeepEquals(option, value));
            case "pattern":
                return value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, wanted.GetString()!, RegexOptions.ECMAScript);
            case "minimum":
                return value.ValueKind != JsonValueKind.Number || value.GetDecimal() >= wanted.GetDecimal();
            case "maximum":
                return value.ValueKind != JsonValueKind.Number || value.GetDecimal() <= wanted.GetDecimal();
            case "minItems":
                return value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= wanted.GetInt32();
            case "maxItems":
                return value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= wanted.GetInt32();
            case "items":
                CheckAll(value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select((item, i) => (item, $"{at}[{i}]")) : [], wanted);
                return true;
            case "required":
                return value.ValueKind != JsonValueKind.Object || wanted.EnumerateArray().All(key => value.TryGetProperty(key.GetString()!, out _));
            case "oneOf":
                return wanted.EnumerateArray().Count(option => Passes(value, option)) == 1;
            case "anyOf":
                return wanted.EnumerateArray().Any(option => Passes(value, option));
            case "properties":
                CheckAll(Members(value).Where(member => wanted.TryGetProperty(member.Name, out _)).Select(member => (member, at)), wanted);
                return true;
            case "additionalProperties":
                JsonProperty[] others = [.. Members(value).Where(member => !shape.TryGetProperty("properties", out JsonElement known) || !known.TryGetProperty(member.Name, out _))];
                if (wanted.ValueKind == JsonValueKind.False)
                    return others.Length == 0;
                CheckAll(others.Select(member => (member.Value, $"{at}.{member.Name}")), wanted);
                return true;
            default:
                throw new InvalidOperationException($"The schema has the keyword '{keyword.Name}'.");
        }
    }

    private void CheckAll(IEnumerable<(JsonElement Value, string At)> values, JsonElement shape)
    {
        foreach ((JsonElement value, string at) in values)
            Check(value, shape, at);
    }

    private void CheckAll(IEnumerable<(JsonProperty Member, string At)> members, JsonElement shapes)
    {
        foreach ((JsonProperty member, string at) in members)
            Check(member.Value, shapes.GetProperty(member.Name), $"{at}.{member.Name}");
    }

    private static JsonProperty[] Members(JsonElement value) => value.ValueKind == JsonValueKind.Object ? [.. value.EnumerateObject()] : [];

    private static bool Is(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        _ => throw new InvalidOperationException($"The schema has the type '{type}'."),
    };
}
