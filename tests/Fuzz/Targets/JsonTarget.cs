using System.Text.Json;
using E3.Relay.Rules;

namespace E3.Relay.Fuzz.Targets;

/// <summary>
/// The first byte chooses a selector, the second the type and the length of a replacement, which is the beginning of the body. What the editor lets pass or writes is JSON
/// for another reader too.
/// </summary>
internal sealed class JsonTarget : IFuzzTarget
{
    private const int Head = 2;

    private readonly BodyPlan[] _plans = BodyRules.Plans(
        "json", "application/json", "\"$.a\"", "\"$.card.number\"", "\"$..number\"", "\"$.*.card\"", "\"$[0]\"", "\"$..[2]\"", "\"$['card','b']..a\"", "\"$.card\"", "\"$..*\"", "\"$\"", "\"$['é']\"",
        "\"$[-1,-9]\"", "\"$..[?@.number].card\"", "\"$..[::-2].a\"", "\"$[?count(@.*)>1]\", \"$..[-1].x\"", "\"$.card[?@.a]\", $.a");

    public string Name => "json";

    public IEnumerable<byte[]> Seeds => [];

    public IEnumerable<byte[]> Words =>
    [
        [.. "\"card\":"u8], [.. "\"number\":"u8], [.. "\"NUMBER\":"u8], [.. "\"n\\u0075mber\":"u8], [.. "\"a\":"u8], [.. "\"\\u00e9\":"u8], [.. "[{\"a\":1}]"u8], [.. "\"\\ud83d\\ude00\""u8], [.. "1.5E+10"u8], [.. "true"u8], [.. "\\\""u8],
    ];

    public int Run(ReadOnlyMemory<byte> input)
    {
        if (input.Length < Head)
            return -1;
        ReadOnlyMemory<byte> body = input[Head..];
        int plan = input.Span[0] % _plans.Length, odd = input.Span[1];
        var replacement = new FieldReplacement(true, (FieldType)((odd % 8) + 1), body[..Math.Min(body.Length, odd / 8)]);
        return (64 * plan) + BodyEditing.Run(_plans[plan], body, replacement, Judge);
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private static void Judge(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = RuleLimits.Default.DepthMax + 1 });
        try
        {
            while (reader.Read())
                continue;
        }
        catch (JsonException e)
        {
            throw new BrokenException($"what passes is JSON: {e.Message}");
        }
    }
}
