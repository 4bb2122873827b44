using System.Text;

namespace E3.Relay.Rules.Examples;

/// <summary>
/// Text of an example in which <c>{{token: VALUE}}</c> stands for a token that opens and holds the value, <c>{{token number: 4242}}</c> for one of another type,
/// <c>{{foreign: VALUE}}</c> for a token that opens nowhere, and <c>{{sent}}</c> for the body as it went upstream.
/// </summary>
public sealed class ExampleText
{
    private ExampleText(IReadOnlyList<ExamplePart> parts) => Parts = parts;

    /// <summary>The text, cut where a placeholder begins or ends.</summary>
    public IReadOnlyList<ExamplePart> Parts { get; }

    /// <summary>Whether the body as it went upstream is part of it.</summary>
    public bool UsesSent => Parts.Any(part => part.Kind == ExamplePartKind.Sent);

    /// <summary>How a token that holds a value is written.</summary>
    public static string Write(FieldType type, string value) =>
        type == FieldType.String ? $"{{{{token: {value}}}}}" : $"{{{{token {TypeNames[(int)type]}: {value}}}}}";

    /// <summary>Reads a text. What is no placeholder is text.</summary>
    public static ExampleText Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<ExamplePart> parts = [];
        StringBuilder plain = new();
        for (int at = 0; at < text.Length;)
        {
            if (ReadPlaceholder(text, at) is not ({ } part, int end))
            {
                plain.Append(text[at++]);
                continue;
            }

            AddPlain(parts, plain);
            parts.Add(part);
            at = end;
        }

        AddPlain(parts, plain);
        return new ExampleText(parts);
    }

    private static readonly string?[] TypeNames = [null, "string", "number", "boolean", null, "object", "array"];

    private static void AddPlain(List<ExamplePart> parts, StringBuilder plain)
    {
        if (plain.Length > 0)
            parts.Add(new ExamplePart(ExamplePartKind.Text, FieldType.String, plain.ToString()));
        plain.Clear();
    }

    private static (ExamplePart? Part, int End) ReadPlaceholder(string text, int at)
    {
        int end = text.AsSpan(at).StartsWith("{{", StringComparison.Ordinal) ? FindEnd(text, at + 2) : -1;
        if (end < 0)
            return (null, at);
        string inner = text[(at + 2)..end];
        if (inner.Trim() == "sent")
            return (new ExamplePart(ExamplePartKind.Sent, FieldType.String, ""), end + 2);
        int colon = inner.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return (null, at);
        string[] words = inner[..colon].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string value = inner[(colon + 1)..];
        value = value.StartsWith(' ') ? value[1..] : value;
        return words switch
        {
            ["token"] => (new ExamplePart(ExamplePartKind.Token, FieldType.String, value), end + 2),
            ["token", var type] when Array.IndexOf(TypeNames, type) is > 0 and var number => (new ExamplePart(ExamplePartKind.Token, (FieldType)number, value), end + 2),
            ["foreign"] => (new ExamplePart(ExamplePartKind.Foreign, FieldType.String, value), end + 2),
            _ => ((ExamplePart?)null, at),
        };
    }

    /// <summary>The last two of the first run of closing braces: a value may be an object, and end in braces itself.</summary>
    private static int FindEnd(string text, int start)
    {
        int end = text.IndexOf("}}", start, StringComparison.Ordinal);
        while (end >= 0 && end + 2 < text.Length && text[end + 2] == '}')
            end++;
        return end;
    }
}
