using System.Text;
using System.Text.Json;
using CsCheck;
using E3.Relay.Rules.Selectors;
using E3.Relay.Rules.Tests.Selectors;

namespace E3.Relay.Rules.Tests.Bodies;

public sealed class JsonSelectionPropertyTests
{
    [Fact]
    public void Select_ScanAndLookAheadAndReference_FindTheSameNodes() => Gen.Select(JsonGen.Document, JsonGen.Query, Gen.Bool).Sample(
        (document, query, exactNames) =>
        {
            byte[] body = Encoding.UTF8.GetBytes(document);
            JsonPath path = JsonSelecting.Parse(query);
            JsonPlaces places = new(body);
            using JsonDocument parsed = JsonDocument.Parse(body);
            IReadOnlySet<string> expected = new ReferenceQuery(parsed.RootElement, exactNames).Select(path);
            bool scanned = JsonSelecting.Scan(JsonSelecting.Compile(path, exactNames), body).SetEquals(places.LeavesOf(expected));
            bool lookedAhead = places.All.Count == 1 || JsonSelecting.LookAhead(path, body, exactNames).Select(node => places.All[node].Path).ToHashSet().SetEquals(expected);
            return scanned && lookedAhead;
        },
        iter: 5000);

    [Fact]
    public void Select_QueriesTogether_FindWhatEachFinds() => Gen.Select(JsonGen.Document, JsonGen.Query.Array[1, 6]).Sample(
        (document, queries) =>
        {
            byte[] body = Encoding.UTF8.GetBytes(document);
            string list = string.Join(", ", queries.Select(query => $"\"{query}\""));
            BodyPlan all = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt($"json: [{list}]", "incoming: verify"));
            using BodySelection together = all.Select(document);
            SortedSet<int> each = [.. queries.SelectMany(query => JsonSelecting.Scan(JsonSelecting.Compile(JsonSelecting.Parse(query), false), body))];
            return together.Fields.Count == each.Count;
        },
        iter: 500);

    [Fact]
    public void TryWrite_EncryptedAndDecrypted_IsTheIdentity() => Gen.Select(JsonGen.Document, JsonGen.PlainQuery).Sample((document, query) =>
    {
        string file = RulesUnderTest.File($$"""
            request:
              - {encrypt: {json: ["{{query}}"]}, role: card, incoming: verify}
            response:
              - {decrypt: {json: ["{{query}}"]}, role: card}
            """);
        using BodySelection plain = RulesUnderTest.JsonPlan(file).Select(document);
        string encrypted = plain.Write(field => RulesUnderTest.Replacement(Token(field)));
        using BodySelection tokens = RulesUnderTest.JsonResponsePlan(file).Select(encrypted);
        return tokens.Fields.All(field => field.IsToken) && tokens.Write(Open) == document;
    });

    /// <summary>The type and the value, each half byte a letter.</summary>
    private static string Token(SelectedField field) =>
        "e3." + string.Concat(field.Value.ToArray().Prepend((byte)field.Type).SelectMany(value => new[] { (char)('a' + (value >> 4)), (char)('a' + (value & 15)) }));

    private static FieldReplacement Open(SelectedField field)
    {
        byte[] letters = field.Value.ToArray()[3..];
        byte[] bytes = [.. letters.Chunk(2).Select(pair => (byte)(((pair[0] - 'a') << 4) | (pair[1] - 'a')))];
        return new FieldReplacement(true, (FieldType)bytes[0], bytes.AsMemory(1));
    }
}
