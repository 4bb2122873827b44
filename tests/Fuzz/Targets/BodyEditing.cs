using System.Buffers;
using E3.Relay.Rules;

namespace E3.Relay.Fuzz.Targets;

/// <summary>What every editor of bodies promises, whatever the body.</summary>
internal static class BodyEditing
{
    private static readonly byte[] NewText = [.. "n\u0001&=\"<w"u8];

    /// <summary>
    /// Selects, writes with nothing replaced, with everything replaced by a text, and with everything replaced by something that may not be what its type says.
    /// The result tells refusals and numbers of fields apart.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="body">The body.</param>
    /// <param name="odd">What the odd replacement is.</param>
    /// <param name="judge">Judges what the editor let pass or wrote.</param>
    public static int Run(BodyPlan plan, ReadOnlyMemory<byte> body, FieldReplacement odd, Action<ReadOnlyMemory<byte>> judge) => Run(plan, body, odd, judge, NewText);

    /// <summary>The same with another text, for a format that cannot hold all characters.</summary>
    public static int Run(BodyPlan plan, ReadOnlyMemory<byte> body, FieldReplacement odd, Action<ReadOnlyMemory<byte>> judge, byte[] text)
    {
        bool selected = plan.TrySelect(body, RuleLimits.Default, BodyRules.Tokens, out BodySelection selection, out Refusal? refusal);
        BrokenException.Unless(selected == (refusal is null), "a body is selected from or refused");
        if (!selected)
            return -(int)refusal!.Code - 1;
        using BodySelection owned = selection;
        judge(body);
        BrokenException.Unless(Write(selection, default) is { } same && same.Span.SequenceEqual(body.Span), "nothing replaced is nothing changed");
        if (Write(selection, new(true, FieldType.String, text)) is not { } written)
            throw new BrokenException("any text can be written");
        judge(written);
        JudgeWritten(plan, written, selection.Fields.Count, text);
        if (Write(selection, odd) is { } oddly)
            judge(oddly);
        return Math.Min(selection.Fields.Count, 16);
    }

    private static void JudgeWritten(BodyPlan plan, ReadOnlyMemory<byte> written, int fields, byte[] text)
    {
        if (written.Length > RuleLimits.Default.BodyBytesMax)
            return;
        BrokenException.Unless(plan.TrySelect(written, RuleLimits.Default, BodyRules.Tokens, out BodySelection again, out Refusal? refusal), $"what was written is selected from again, not {refusal?.Code}");
        using (again)
        {
            BrokenException.Unless(again.Fields.Count == fields, "as many fields are selected as were written");
            for (int i = 0; i < fields; i++)
                BrokenException.Unless(again.Fields[i].Value.Span.SequenceEqual(text), "what was written is read");
        }
    }

    private static ReadOnlyMemory<byte>? Write(BodySelection selection, FieldReplacement replacement)
    {
        var output = new ArrayBufferWriter<byte>();
        var replacements = new FieldReplacement[selection.Fields.Count];
        Array.Fill(replacements, replacement);
        bool written = selection.TryWrite(output, replacements, out Refusal? refusal);
        BrokenException.Unless(written == (refusal is null) && (written || output.WrittenCount == 0), "a refused body is not written");
        return written ? output.WrittenMemory : (ReadOnlyMemory<byte>?)null;
    }
}
