using System.Buffers;
using System.Text.Unicode;
using E3.Relay.Rules;

namespace E3.Relay.Fuzz.Targets;

/// <summary>The first byte chooses an expression and a content type, the second the type and the length of a replacement, which is the beginning of the body.</summary>
internal sealed class TextTarget : IFuzzTarget
{
    private const int Head = 2;

    private static readonly string[] Patterns = ["'<(?<value>[^<>]*)>'", "'(?m)^n=(?<value>.+)$'", "'é(?<value>.)'", "'(?<value>1)|(?<value>2)'"];

    private readonly BodyPlan[] _plans = [.. BodyRules.Plans("text", "text/plain", Patterns), .. BodyRules.Plans("text", "text/csv; charset=us-ascii", Patterns)];

    public string Name => "text";

    public IEnumerable<byte[]> Seeds => [];

    public IEnumerable<byte[]> Words => [[.. "<4242>"u8], [.. "\nn=1\n"u8], [.. "é1"u8], [.. "😀"u8], [0xEF, 0xBB, 0xBF], [.. "e3."u8], [.. ",\";"u8]];

    public int Run(ReadOnlyMemory<byte> input)
    {
        if (input.Length < Head)
            return -1;
        ReadOnlyMemory<byte> body = input[Head..];
        int plan = input.Span[0] % _plans.Length, odd = input.Span[1];
        var replacement = new FieldReplacement(true, (FieldType)((odd % 8) + 1), body[..Math.Min(body.Length, odd / 8)]);
        return (64 * plan) + Edit(_plans[plan], body, replacement);
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    // What is written need not match again, so that only what stands around it is compared.
    private static int Edit(BodyPlan plan, ReadOnlyMemory<byte> body, FieldReplacement odd)
    {
        bool selected = plan.TrySelect(body, RuleLimits.Default, BodyRules.Tokens, out BodySelection selection, out Refusal? refusal);
        BrokenException.Unless(selected == (refusal is null), "a body is selected from or refused");
        if (refusal is not null)
            return -(int)refusal.Code - 1;
        using BodySelection owned = selection;
        BrokenException.Unless(Write(selection, default)!.AsSpan().SequenceEqual(body.Span), "nothing replaced is nothing changed");
        byte[] marked = Write(selection, new(true, FieldType.String, "T"u8.ToArray())) ?? throw new BrokenException("any letter can be written");
        int length = body.Length + selection.Fields.Sum(field => 1 - field.Value.Length);
        BrokenException.Unless(marked.Length == length && IsText(marked), "values are replaced and nothing else");
        if (Write(selection, odd) is { } oddly)
            BrokenException.Unless(IsText(oddly) && Lines(oddly) == Lines(marked), "no value ends a line");
        return Math.Min(selection.Fields.Count, 16);
    }

    private static int Lines(ReadOnlySpan<byte> text) => text.Count((byte)'\n') + text.Count((byte)'\r') + text.Count((byte)0);

    private static bool IsText(ReadOnlySpan<byte> text) => Utf8.IsValid(text);

    private static byte[]? Write(BodySelection selection, FieldReplacement replacement)
    {
        var output = new ArrayBufferWriter<byte>();
        var replacements = new FieldReplacement[selection.Fields.Count];
        Array.Fill(replacements, replacement);
        return selection.TryWrite(output, replacements, out _) ? output.WrittenSpan.ToArray() : null;
    }
}
