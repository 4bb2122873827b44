using System.Text;
using E3.Relay.Rules;

namespace E3.Relay.Fuzz.Targets;

/// <summary>The first byte chooses the part of the head, the second the length of a replacement, which is the beginning of the part.</summary>
internal sealed class HeadTarget : IFuzzTarget
{
    private const int Head = 2;
    private const string Host = "shop.example.com", NewText = "new1";

    private readonly RuleSet _rules = Load();

    public string Name => "head";

    public IEnumerable<byte[]> Seeds => [];

    public IEnumerable<byte[]> Words => [[.. "pan="u8], [.. "&card[x]="u8], [.. "%5B%5D"u8], [.. "_charset_=utf-8"u8], [.. ";?"u8], [.. "sid="u8], [.. "; sid=\""u8], [.. "$Version=1"u8], [.. ", sid="u8]];

    public int Run(ReadOnlyMemory<byte> input)
    {
        if (input.Length < Head)
            return -1;
        int part = input.Span[0] % 4;
        string text = Encoding.Latin1.GetString(input[Head..].Span);
        string raw = part switch { 0 => "/a/" + text, 1 => "/a/b?" + text, _ => "/a/b" };
        HeaderLine[] lines = part switch { 2 => [new HeaderLine("Cookie", text)], 3 => [new HeaderLine("x_card", text)], _ => [] };
        if (!RequestTarget.TryParse(raw, Host, out RequestTarget? target, out TargetError error))
            return -100 - (int)error;
        if (!TrySelect(target, lines, out HeadSelection? selection, out Refusal? refusal))
            return -(int)refusal!.Code - 1;
        using HeadSelection owned = selection!;
        BrokenException.Unless(selection!.TryWrite(new FieldReplacement[selection.Fields.Count], out HeadEdit? edit, out _) && edit is null, "nothing replaced is nothing changed");
        JudgeWritten(selection, target, lines);
        Write(selection, input.Slice(Head, Math.Min(input.Length - Head, input.Span[1])));
        return (64 * part) + Math.Min(selection.Fields.Count, 16);
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private void JudgeWritten(HeadSelection selection, RequestTarget target, HeaderLine[] lines)
    {
        if (selection.Fields.Count == 0)
            return;
        HeadEdit written = Write(selection, Encoding.ASCII.GetBytes(NewText)) ?? throw new BrokenException("any plain text can be written");
        RequestTarget sent = written.Target ?? target;
        BrokenException.Unless(RequestTarget.TryParse(sent.Forwarded, Host, out RequestTarget? again, out _) && again.Forwarded == sent.Forwarded, "what is forwarded is accepted, and says the same");
        BrokenException.Unless(written.Lines.Count == lines.Length, "as many lines are written as came");
        BrokenException.Unless(TrySelect(again!, written.Lines, out HeadSelection? second, out Refusal? refusal), $"what was written is selected from again, not {refusal?.Code}");
        using (second)
        {
            BrokenException.Unless(second!.Fields.Count == selection.Fields.Count, "as many fields are selected as were written");
            foreach (SelectedField field in second.Fields)
                BrokenException.Unless(field.Value.Span.SequenceEqual(Encoding.ASCII.GetBytes(NewText)), "what was written is read");
        }
    }

    private static HeadEdit? Write(HeadSelection selection, ReadOnlyMemory<byte> value)
    {
        var replacements = new FieldReplacement[selection.Fields.Count];
        Array.Fill(replacements, new FieldReplacement(true, FieldType.String, value));
        bool written = selection.TryWrite(replacements, out HeadEdit? edit, out Refusal? refusal);
        BrokenException.Unless(written == (refusal is null) && (written || edit is null), "a refused head is not written");
        foreach (HeaderLine line in edit?.Lines ?? [])
            BrokenException.Unless(!line.Value.AsSpan().ContainsAny("\r\n\0"), "no line ends in a line");
        return edit;
    }

    private bool TrySelect(RequestTarget target, IReadOnlyList<HeaderLine> lines, out HeadSelection? selection, out Refusal? refusal) =>
        _rules.Plan("GET", Host, target).RequestHead!.TrySelect(lines, RuleLimits.Default, BodyRules.Tokens, out selection, out refusal);

    private static RuleSet Load()
    {
        const string File = """
            app: shop
            rules:
              - id: fuzzed
                match: {path: /**}
                request:
                  - encrypt: {query: [pan, "card*", é], header: [X-Card], cookie: [sid, "x*"], path: {segment: [2, 3]}}
                    role: card
                    incoming: verify
            """;
        RuleLoadResult loaded = RuleLoader.Load([new RuleSource("fuzzed.yaml", Encoding.UTF8.GetBytes(File))]);
        return loaded.Rules ?? throw new BrokenException(string.Join('\n', loaded.Problems));
    }
}
