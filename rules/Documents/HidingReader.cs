using System.Text;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads what is shown in place of values: the form of a mask, the text of a redaction.</summary>
internal static class HidingReader
{
    private const int TextMax = 256;
    private const string DefaultText = "[redacted]";

    internal static HidingModel ReadMask(MappingReader reader, ProblemList problems)
    {
        int first = reader.Integer("first") ?? 0, last = reader.Integer("last") ?? 0;
        return new HidingModel(FieldAction.Mask, new MaskShape(first, last, ReadCharacter(reader, problems)), "");
    }

    internal static HidingModel ReadRedaction(MappingReader reader, ProblemList problems)
    {
        string text = reader.Text("with") ?? DefaultText;
        bool isText = text.Length <= TextMax && !text.Any(char.IsControl) && !text.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar);
        if (!isText && reader.TryGet("with", out DocumentNode? node))
            problems.Add(node, RuleProblemCode.InvalidValue, $"'with' of redact is a text of at most {TextMax} characters without control characters");
        return new HidingModel(FieldAction.Redact, default, text);
    }

    /// <summary>A digit could be one of the value's own, and white space or a mark would not be seen.</summary>
    private static Rune ReadCharacter(MappingReader reader, ProblemList problems)
    {
        if (reader.Text("with") is not { } with)
            return MaskShape.Star;
        if (Rune.TryGetRuneAt(with.Length == 0 ? "\0" : with, 0, out Rune rune) && rune.Utf16SequenceLength == with.Length
            && (Rune.IsLetter(rune) || Rune.IsPunctuation(rune) || Rune.IsSymbol(rune)))
        {
            return rune;
        }

        if (reader.TryGet("with", out DocumentNode? node))
            problems.Add(node, RuleProblemCode.InvalidValue, "'with' of a mask is one character: a letter, punctuation or symbol, and no digit");
        return MaskShape.Star;
    }
}
