using System.Globalization;
using System.Text;
using System.Text.Json;
using E3.Relay.Benchmarks.Running;
using E3.Relay.Rules;

namespace E3.Relay.Benchmarks.Rules;

/// <summary>JSON of 1 MiB of which 1 % of the values is selected, and of 400 bytes, against the bare reader of the platform over the same bytes.</summary>
internal static class JsonGoals
{
    private const string Type = "application/json", Selector = "$.orders[*].card.number";
    private const int ValuesEach = 20, CardEach = 5, SmallBytes = 400, SmallBatch = 200;
    private const double Goal = 0.8, ManySelectorsGoal = 1 / 1.25, SmallGoal = 0.5;

    public static IEnumerable<RuleGoal> All()
    {
        byte[] body = Orders(RuleLimits.Default.BodyBytesMax), small = Small();
        int cards = CardsIn(body);
        yield return new("json", Goal, Rewrite("JSON, selected from and written", body, cards, Selector), Scan(body));
        yield return new("json.select", null, Select("JSON, selected from", body, cards, Selector), Scan(body));
        yield return new("json.20-selectors", ManySelectorsGoal, Select("JSON, 20 selectors", body, cards, Many(20)), Select("JSON, one selector", body, cards, Selector));
        yield return new("json.descendants", null, Select("JSON, ..number", body, cards, "$..number"), Scan(body));
        yield return new("json.filter", null, Select("JSON, a filter on each order", body, cards, "$.orders[?@.card].card.number"), Scan(body));
        yield return new("json.400-bytes", SmallGoal, Rewrite("JSON of 400 bytes, selected from and written", small, 1, "$.card.number", SmallBatch), Scan(small, SmallBatch), BytesMax: 0);
    }

    private static string Many(int count) => string.Join(", ", Enumerable.Range(1, count - 1).Select(i => $"$.orders[*].card.other_{i}").Append(Selector));

    private static Side Rewrite(string name, byte[] body, int fields, string selectors, int batch = 1)
    {
        BodyRewrite rewrite = Checked(body, fields, selectors);
        return WorkSide.Of(name, _ => rewrite.Run(), batch);
    }

    private static Side Select(string name, byte[] body, int fields, string selectors)
    {
        BodyRewrite rewrite = Checked(body, fields, selectors);
        return WorkSide.Of(name, _ => rewrite.SelectAlone());
    }

    private static BodyRewrite Checked(byte[] body, int fields, string selectors)
    {
        BodyRewrite rewrite = new(RuleFiles.BodyPlan($"json: ['{selectors.Replace(", ", "', '", StringComparison.Ordinal)}']", Type), body);
        return rewrite.Count() == fields ? rewrite : throw new InvalidOperationException($"{rewrite.Count()} values are selected, not {fields}.");
    }

    private static Side Scan(byte[] body, int batch = 1)
    {
        int seen = 0;
        return WorkSide.Of("bare Utf8JsonReader", _ => seen ^= CountTokens(body), batch);
    }

    private static int CountTokens(ReadOnlySpan<byte> body)
    {
        Utf8JsonReader reader = new(body);
        int tokens = 0;
        while (reader.Read())
            tokens++;
        return tokens;
    }

    private static int CardsIn(byte[] body)
    {
        int cards = 0, values = 0;
        Utf8JsonReader reader = new(body);
        while (reader.Read())
        {
            values += reader.TokenType is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null ? 1 : 0;
            cards += reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("number"u8) ? 1 : 0;
        }

        return values / cards is > 90 and < 110 ? cards : throw new InvalidOperationException($"{cards} of {values} values are not 1 %.");
    }

    /// <summary>Orders of 20 values, every fifth with a card.</summary>
    private static byte[] Orders(int bytesMax)
    {
        StringBuilder text = new("{\"orders\":[");
        for (int i = 0; ; i++)
        {
            string order = Order(i);
            if (text.Length + order.Length + 2 > bytesMax)
                break;
            text.Append(i == 0 ? "" : ",").Append(order);
        }

        return Encoding.ASCII.GetBytes(text.Append("]}").ToString());
    }

    private static string Order(int i)
    {
        string lines = string.Join(',', Enumerable.Range(0, (ValuesEach - 11) / 3).Select(line =>
            string.Create(CultureInfo.InvariantCulture, $"{{\"sku\":\"SKU-{i}-{line}\",\"quantity\":{line + 1},\"price\":{10.25 + i}}}")));
        string pays = i % CardEach == 0 ? "\"card\":{\"number\":\"4242424242424242\"}" : "\"invoice\":{\"reference\":\"R-2024-0001\"}";
        return $$$"""{"id":"order-{{{i}}}","placed":"2024-05-01T12:00:00Z","customer":{"name":"Ada Lovelace","email":"ada@example.com","company":null,"address":{"street":"12 St James's Square","city":"London","country":"GB"}},"paid":true,{{{pays}}},"lines":[{{{lines}}}],"total":{{{i}}}}""";
    }

    private static byte[] Small()
    {
        string start = """{"order":"A-1001","card":{"number":"4242424242424242","holder":"Ada Lovelace"},"amount":12.50,"lines":[{"sku":"a-1","quantity":2},{"sku":"b-2","quantity":1}],"customer":{"name":"Ada Lovelace","email":"ada@example.com"},"paid":true,"note":" """.TrimEnd();
        return Encoding.ASCII.GetBytes(start + new string('x', SmallBytes - start.Length - 2) + "\"}");
    }
}
