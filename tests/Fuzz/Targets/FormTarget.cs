using E3.Relay.Rules;

namespace E3.Relay.Fuzz.Targets;

/// <summary>The first byte chooses a selector, the second the type and the length of a replacement, which is the beginning of the body.</summary>
internal sealed class FormTarget : IFuzzTarget
{
    private const int Head = 2;

    private readonly BodyPlan[] _plans = BodyRules.Plans("form", "application/x-www-form-urlencoded", "card_number", "\"card[number]\"", "\"card*\"", "\"*\"", "a", "\"é\"");

    public string Name => "form";

    public IEnumerable<byte[]> Seeds => [];

    public IEnumerable<byte[]> Words => [[.. "card_number="u8], [.. "card[number]="u8], [.. "card%5Bnumber%5D="u8], [.. "card.number="u8], [.. "CARD number="u8], [.. "_charset_=utf-8"u8], [.. "%C3%A9="u8], [.. "&a"u8], [.. "[]"u8]];

    public int Run(ReadOnlyMemory<byte> input)
    {
        if (input.Length < Head)
            return -1;
        ReadOnlyMemory<byte> body = input[Head..];
        int plan = input.Span[0] % _plans.Length, odd = input.Span[1];
        var replacement = new FieldReplacement(true, (FieldType)((odd % 8) + 1), body[..Math.Min(body.Length, odd / 8)]);
        return (64 * plan) + BodyEditing.Run(_plans[plan], body, replacement, static _ => { });
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
