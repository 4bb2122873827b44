using System.Text;
using System.Text.Json;
using E3.Relay.Rules;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Documents;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Fuzz.Targets;

/// <summary>
/// The input is a query, a line end, and a body. A query is parsed or refused with a place in it; what it selects does not depend on whether the scan or looking ahead finds it,
/// nor on where the body is cut.
/// </summary>
internal sealed class JsonPathTarget : IFuzzTarget
{
    private const int RefusedQuery = -1000;

    public string Name => "jsonpath";

    public IEnumerable<byte[]> Seeds => [];

    public IEnumerable<byte[]> Words =>
    [
        [.. "$..["u8], [.. "?@."u8], [.. "=="u8], [.. "&&"u8], [.. "||"u8], [.. "!("u8], [.. "count("u8], [.. "length(@)"u8], [.. "value($..x)"u8], [.. "match(@,'x.*')"u8], [.. "search(@.x,$.y)"u8],
        [.. "[-1]"u8], [.. "::-2"u8], [.. "['x','y']"u8], [.. "\\p{Lu}"u8], [.. "1e400"u8], [.. "\n{\"x\":"u8], [.. "[{\"x\":1},{\"y\":\"x\"}]"u8], [.. "\"\\u0078\":"u8],
    ];

    public int Run(ReadOnlyMemory<byte> input)
    {
        int end = input.Span.IndexOf((byte)'\n');
        ReadOnlyMemory<byte> body = end < 0 ? default : input[(end + 1)..];
        string query = Encoding.UTF8.GetString((end < 0 ? input : input[..end]).Span);
        if (!JsonPathParser.TryParse(query, out JsonPath? path, out SelectorError? error))
        {
            BrokenException.Unless(error.Position >= 1 && error.Position <= query.Length + 1 && error.Reason.Length > 0, "a refusal says where and why");
            return RefusedQuery - error.Reason.Length;
        }

        CompiledBody compiled = Compile(path);
        var found = new SelectionBuilder(compiled, body, RuleLimits.Default, BodyRules.Tokens);
        bool selected = JsonBodyScan.TrySelect(found, ContentKind.Json);
        BrokenException.Unless(selected == (found.Refusal is null), "a body is selected from or refused");
        StreamedEditing.Judge(new BodyPlan(compiled, null), body, found.Refusal?.Code, found.Fields.Count);
        if (selected)
            JudgeAhead(path, compiled, body, found);
        int outcome = found.Refusal is { } refusal ? -(int)refusal.Code : Math.Min(found.Fields.Count, 16);
        found.Arena.Dispose();
        return outcome;
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    // Looking ahead reads more than the scan does, so it may refuse more: a member twice where the scan had no reason to look.
    private static void JudgeAhead(JsonPath path, CompiledBody compiled, ReadOnlyMemory<byte> body, SelectionBuilder whole)
    {
        var found = new SelectionBuilder(compiled, body, RuleLimits.Default, BodyRules.Tokens);
        var reader = new Utf8JsonReader(body.Span);
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            return;
        var looking = new JsonLookAhead();
        looking.Begin(found);
        if (looking.TryRead(reader, body) && looking.TrySelect(path, true, out HashSet<int> nodes))
        {
            int leaves = CountLeaves(looking.Tape, nodes);
            BrokenException.Unless(leaves == whole.Fields.Count, $"{whole.Fields.Count} values are found by the scan and {leaves} by looking ahead");
        }

        looking.End();
        found.Arena.Dispose();
    }

    private static int CountLeaves(JsonTape tape, HashSet<int> nodes)
    {
        int leaves = 0, inside = 0;
        for (int node = 0; node < tape.Count; node++)
        {
            if (nodes.Contains(node))
                inside = Math.Max(inside, tape[node].Next);
            bool isLeaf = tape[node].Kind is not (JsonTokenType.StartObject or JsonTokenType.StartArray or JsonTokenType.Null);
            leaves += isLeaf && node < inside ? 1 : 0;
        }

        return leaves;
    }

    private static CompiledBody Compile(JsonPath path)
    {
        var operation = new OperationModel
        {
            RuleId = "fuzzed",
            Node = new ScalarNode(1, 1, "", true),
            Action = FieldAction.Encrypt,
            Role = "card",
            IsResponse = false,
            ExactNames = true,
            Json = [new SelectorModel<JsonPath>(path, false)],
            Form = [],
            Binds = [],
            Incoming = IncomingTokens.Verify,
        };
        return BodyCompiler.Compile([operation], ContentKind.Json, false, new MaskTable([])) ?? throw new BrokenException("a query is compiled");
    }
}
