using System.Buffers;
using E3.Relay.Rules;

namespace E3.Relay.Fuzz.Targets;

/// <summary>A body in parts is what it is as a whole: as many values are selected, it is refused or not, and written without a change it is the body.</summary>
internal static class StreamedEditing
{
    /// <summary>Judges a body that comes in two pieces.</summary>
    /// <param name="plan">The operations.</param>
    /// <param name="body">The body.</param>
    /// <param name="refusal">Why it is refused as a whole; null when it is not.</param>
    /// <param name="fields">How many values are selected in the whole.</param>
    public static void Judge(BodyPlan plan, ReadOnlyMemory<byte> body, RefusalCode? refusal, int fields)
    {
        if (plan.OpenStream(RuleLimits.Default, BodyRules.Tokens) is not { } stream)
            return;
        using (stream)
        {
            var output = new ArrayBufferWriter<byte>();
            int start = 0, found = 0;
            bool going = Read(stream, body[..(body.Length * 2 / 3)], false, output, ref start, ref found) && Read(stream, body, true, output, ref start, ref found);
            BrokenException.Unless(going == (refusal is null), $"a body in parts is refused for {stream.Refusal?.Code}, not {refusal}");
            BrokenException.Unless(!going || found == fields, $"{found} values are selected in parts, and {fields} in the whole");
            BrokenException.Unless(!going || output.WrittenSpan.SequenceEqual(body.Span), "the parts are the body");
            BrokenException.Unless(going || body.Span.StartsWith(output.WrittenSpan), "the parts are the beginning of the body");
        }
    }

    private static bool Read(BodyStream stream, ReadOnlyMemory<byte> come, bool isLast, ArrayBufferWriter<byte> output, ref int start, ref int found)
    {
        while (true)
        {
            if (stream.File is not null)
            {
                if (!stream.TryReadFile(come[start..], isLast, out int length))
                    return false;
                output.Write(come.Span.Slice(start, length));
                start += length;
                found += stream.File is null ? 1 : 0;
                if (stream.File is not null)
                    return true;
            }

            if (!stream.TryRead(come[start..], isLast))
                return false;
            bool goesOn = stream.IsFull || (isLast && !stream.IsEnd);
            if (!Cut(stream, come, output, ref start, ref found))
                return false;
            if (!goesOn)
                return true;
        }
    }

    private static bool Cut(BodyStream stream, ReadOnlyMemory<byte> come, ArrayBufferWriter<byte> output, ref int start, ref int found)
    {
        ReadOnlyMemory<byte> part = come.Slice(start, stream.Decided);
        start += part.Length;
        if (!stream.TryCut(part, out BodySelection selection, out _))
            return false;
        using (selection)
        {
            found += selection.Fields.Count;
            BrokenException.Unless(selection.TryWrite(output, new FieldReplacement[selection.Fields.Count], out _), "nothing replaced can be written");
        }

        return true;
    }
}
