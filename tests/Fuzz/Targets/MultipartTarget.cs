using System.Buffers;
using E3.Relay.Rules;

namespace E3.Relay.Fuzz.Targets;

/// <summary>The first byte chooses a selector, the second how much of the body's beginning is an odd replacement. The boundary is <c>b</c>.</summary>
internal sealed class MultipartTarget : IFuzzTarget
{
    private const int Head = 2;
    private static readonly byte[] NewBytes = [.. "n\r\n\u0001-&=\"<w"u8];

    private readonly BodyPlan[] _plans = BodyRules.Plans("multipart", "multipart/form-data; boundary=b", "card_number", "\"card[number]\"", "\"card*\"", "\"*\"", "a", "\"é\"");

    public string Name => "multipart";

    public IEnumerable<byte[]> Seeds => [];

    public IEnumerable<byte[]> Words =>
    [
        [.. "--b\r\n"u8], [.. "\r\n--b\r\n"u8], [.. "\r\n--b--\r\n"u8], [.. "--b"u8], [.. "\n--b"u8], [.. "Content-Disposition: form-data; name=\"card_number\"\r\n\r\n"u8], [.. "Content-Disposition: form-data; name=a\r\n\r\n"u8],
        [.. "; filename=\"f\""u8], [.. "; filename=\"\""u8], [.. "; filename*=utf-8''f"u8], [.. "; name=\"card[number]\""u8], [.. "Content-Type: text/plain; charset=utf-8\r\n"u8], [.. "Content-Transfer-Encoding: base64\r\n"u8],
        [.. "Content-Length: 1\r\n"u8], [.. "Content-Type: multipart/mixed; boundary=c\r\n"u8], [.. "=?utf-8?Q?a?="u8], [.. "_charset_"u8], [.. "%22"u8], [.. "\r\n "u8], [.. "\\\""u8],
    ];

    public int Run(ReadOnlyMemory<byte> input)
    {
        if (input.Length < Head)
            return -1;
        ReadOnlyMemory<byte> body = input[Head..];
        int plan = input.Span[0] % _plans.Length, odd = input.Span[1];
        if (Select(_plans[plan], body, out int refused) is not { } selection)
        {
            StreamedEditing.Judge(_plans[plan], body, (RefusalCode)(-refused - 1), 0);
            return (64 * plan) + refused;
        }

        using (selection)
        {
            StreamedEditing.Judge(_plans[plan], body, null, selection.Fields.Count);
            BrokenException.Unless(Write(selection, static _ => default) is { } same && same.Span.SequenceEqual(body.Span), "nothing replaced is nothing changed");
            if (Write(selection, static field => new(true, field.Type, NewBytes)) is not { } written)
                throw new BrokenException("what has no boundary can be written");
            JudgeWritten(_plans[plan], written, selection, body);
            ReadOnlyMemory<byte> value = body[..Math.Min(body.Length, odd)];
            if (Write(selection, field => new(true, field.Type, value)) is { } oddly)
                BrokenException.Unless(selection.Fields.Count == 0 || value.Span.IndexOf("--b"u8) < 0, $"the boundary stands in no value of {oddly.Length} bytes");
            return (64 * plan) + Math.Min(selection.Fields.Count, 16);
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private static void JudgeWritten(BodyPlan plan, ReadOnlyMemory<byte> written, BodySelection before, ReadOnlyMemory<byte> body)
    {
        if (written.Length > RuleLimits.Default.BodyBytesMax)
            return;
        using BodySelection again = Select(plan, written, out _) ?? throw new BrokenException("what was written is selected from again");
        BrokenException.Unless(again.Fields.Count == before.Fields.Count, "as many values are selected as were written");
        for (int i = 0; i < again.Fields.Count; i++)
            BrokenException.Unless(again.Fields[i].Type == before.Fields[i].Type && again.Fields[i].Value.Span.SequenceEqual(NewBytes), "what was written is read");
        int next = 0;
        BrokenException.Unless(Write(again, field => new(true, field.Type, before.Fields[next++].Value)) is { } back && back.Span.SequenceEqual(body.Span), "what was there can be written back");
    }

    private static BodySelection? Select(BodyPlan plan, ReadOnlyMemory<byte> body, out int refused)
    {
        bool selected = plan.TrySelect(body, RuleLimits.Default, BodyRules.Tokens, out BodySelection selection, out Refusal? refusal);
        BrokenException.Unless(selected == (refusal is null), "a body is selected from or refused");
        refused = refusal is null ? 0 : -(int)refusal.Code - 1;
        return selected ? selection : null;
    }

    private static ReadOnlyMemory<byte>? Write(BodySelection selection, Func<SelectedField, FieldReplacement> replace)
    {
        var output = new ArrayBufferWriter<byte>();
        bool written = selection.TryWrite(output, [.. selection.Fields.Select(replace)], out Refusal? refusal);
        BrokenException.Unless(written == (refusal is null) && (written || output.WrittenCount == 0), "a refused body is not written");
        return written ? output.WrittenMemory : (ReadOnlyMemory<byte>?)null;
    }
}
