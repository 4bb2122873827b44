using System.Text.Json;
using E3.Relay.Rules;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests.RuleCommands;

public sealed class RuleCommandTests
{
    private const string Rules = """
        app: shop
        rules:
          - id: card-in
            match: {path: "/checkout/**", methods: [POST], hosts: [shop.example.com]}
            request:
              - encrypt: {json: [$.card.number, "$.list[*]"], form: ["card[number]"]}
                role: card
                bind: ["path:2"]
          - id: card-out
            match: {path: "/checkout/**", methods: [GET], hosts: [shop.example.com]}
            response:
              - mask: {json: [$.card.number], last: 4}
                role: card
                bind: ["path:2"]
        """;

    private const string Repeated = """
        app: shop
        rules:
          - id: twice
            match: {path: /a}
            request:
              - encrypt: {json: [$.a, $.a]}
                role: card
        """;

    [Theory]
    [InlineData("\"key\\n1 file: 0 errors, 0 warnings\": 1")]
    [InlineData("\"key\\e[2J\\e]0;title\\a\": 1")]
    [InlineData("\"key\\u202E\\L\\N\": 1")]
    [InlineData("rules: [{id: \"a\\n::error::forged\", match: {path: /a}}]")]
    [InlineData("rules: [{id: a, match: {path: \"/a\\r\\e[31m\"}}]")]
    public async Task Check_FileWithCharactersThatATerminalActsOn_StaysOneLineForEachMistake(string line)
    {
        CommandRun run = await CommandRun.RunAsync($"app: shop\n{line}\n", ["check", "FILE"]);
        Assert.Equal(1, run.Code);
        string[] lines = run.Output.TrimEnd('\n').Split('\n');
        Assert.All(lines[..^1], problem => Assert.Contains(": error: ", problem, StringComparison.Ordinal));
        Assert.DoesNotContain(run.Output, c => c != '\n' && (char.IsControl(c) || c is '\u202E' or '\u2028' or '\u2029'));
    }

    [Fact]
    public async Task Check_FileWithoutAMistake_IsOneLineAndCodeZero()
    {
        CommandRun run = await CommandRun.RunAsync(Rules, ["check", "FILE"]);
        Assert.Equal((0, "1 file: 0 errors, 0 warnings\n", ""), (run.Code, run.Output, run.Error));
    }

    [Fact]
    public async Task Check_FileWithTenMistakes_IsALineForEachAndCodeOne()
    {
        string file = Repository.PathOf("tests", "Rules", "Documents", "ten-mistakes.yaml");
        CommandRun run = await CommandRun.RunAsync(["check", file]);
        Assert.Equal((1, 11, "1 file: 10 errors, 0 warnings"), (run.Code, run.Lines.Length, run.Lines[^1]));
        Assert.StartsWith($"{file}:13:5: error: rule 'misspelt': 'requests' is no key of a rule; did you mean 'request'?", run.Lines[3], StringComparison.Ordinal);
        Assert.EndsWith("[unknown-key]", run.Lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_FileWithAWarning_FailsOnlyWhenWarningsAreErrors()
    {
        CommandRun run = await CommandRun.RunAsync(Repeated, ["check", "FILE"]);
        Assert.Equal(0, run.Code);
        Assert.Equal("r.yaml:6:9: warning: rule 'twice': JSONPath '$.a' stands already in this operation; remove one of the two [repeated-operation]", run.Lines[0]);
        Assert.Equal(1, (await CommandRun.RunAsync(Repeated, ["check", "--warnings-as-errors", "FILE"])).Code);
    }

    [Fact]
    public async Task Check_AsJson_SaysTheSame()
    {
        CommandRun run = await CommandRun.RunAsync(Repeated + "\nsurprise: 1\n", ["check", "--json", "FILE"]);
        using JsonDocument report = JsonDocument.Parse(run.Output);
        Assert.Equal((1, 1, 1), (run.Code, report.RootElement.GetProperty("errors").GetInt32(), report.RootElement.GetProperty("warnings").GetInt32()));
        JsonElement problem = report.RootElement.GetProperty("problems")[1];
        Assert.Equal(("r.yaml", 8, 1, "error", "unknown-key"), (problem.GetProperty("file").GetString(), problem.GetProperty("line").GetInt32(), problem.GetProperty("column").GetInt32(),
            problem.GetProperty("severity").GetString(), problem.GetProperty("code").GetString()));
        Assert.Equal(JsonValueKind.Null, problem.GetProperty("rule").ValueKind);
    }

    [Fact]
    public async Task Check_StandardInput_IsNamedSo()
    {
        CommandRun run = await CommandRun.RunAsync(["check", "-"], "app: Shop\nrules: []\n");
        Assert.Equal(1, run.Code);
        Assert.StartsWith("stdin:1:6: error: ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_FilesTogether_FindsWhatStandsBetweenThem()
    {
        string[] files = Directory.GetFiles(Repository.PathOf("samples", "checkout", "rules"), "*.yaml");
        CommandRun apart = await CommandRun.RunAsync(["check", .. files]), together = await CommandRun.RunAsync(["check", "--together", .. files]);
        Assert.Equal((0, $"{files.Length} files, each on its own: 0 errors, 0 warnings"), (apart.Code, apart.Lines[^1]));
        Assert.Equal(1, together.Code);
        Assert.Contains("[conflicting-operations]", together.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("check", "none.yaml")]
    [InlineData("check", "--wat")]
    [InlineData("check", "FILE", "--wat")]
    [InlineData("check", "--jsn", "FILE")]
    [InlineData("chekc", "FILE")]
    [InlineData("try", "--rule", "FILE")]
    [InlineData("try", "--rule", "FILE", "--body", "none")]
    [InlineData("try", "--rule", "FILE", "--body", "-", "--as", "sub")]
    [InlineData("explain", "GET")]
    [InlineData("explain", "GET", "checkout", "FILE")]
    public async Task Command_ThatCannotBeDone_EndsWithCodeTwoAndSaysWhy(params string[] args)
    {
        CommandRun run = await CommandRun.RunAsync(Rules, args);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.NotEmpty(run.Error);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("check", "--help")]
    [InlineData("try", "-h")]
    public async Task Help_OfEachCommand_SaysWhatItTakesAndWhatItEndsWith(params string[] args)
    {
        CommandRun run = await CommandRun.RunAsync(args);
        Assert.Equal(0, run.Code);
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
        Assert.Contains("Ends with 0 when all is well, 1 when", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schema_IsTheOneOfTheLanguage() => Assert.Equal(RuleSchema.Write(), (await CommandRun.RunAsync(["schema"])).Output);

    [Fact]
    public async Task Try_Body_ShowsWhatIsSelectedAndTheBodyBeforeAndAfter()
    {
        CommandRun run = await CommandRun.RunAsync(Rules, ["try", "--rule", "FILE", "--body", "-"], """
            {"card":{"number":"4242"},
             "list":[1,true,null],
             "a":1.10}

            """);
        Assert.Equal(0, run.Code);
        Assert.Equal("POST /checkout/1 at shop.example.com, application/json", run.Lines[0]);
        Assert.Matches(@"^  card-in  encrypt card  \$\.card\.number  string   4242 -> e3\.\S+…$", run.Lines[1]);
        Assert.Matches(@"^  card-in  encrypt card  \$\.list\[0\] +number   1 -> e3\.\S+…$", run.Lines[2]);
        Assert.Matches(@"^  card-in  encrypt card  \$\.list\[1\] +boolean  true -> e3\.\S+…$", run.Lines[3]);
        Assert.Equal("- {\"card\":{\"number\":\"4242\"},", run.Lines[4]);
        Assert.Equal("-  \"list\":[1,true,null],", run.Lines[5]);
        Assert.Matches(@"^\+ \{""card"":\{""number"":""e3\.\S+…""\},$", run.Lines[6]);
        Assert.Equal("   \"a\":1.10}", run.Lines[8]);
        Assert.Equal("Tokens are placeholders, not encryption: they are made without keys and open in this run alone.", run.Lines[^1]);
        Assert.DoesNotContain("\e", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Try_OnATerminal_HasColours() =>
        Assert.Contains("\e[31m- ", (await CommandRun.RunAsync(Rules, ["try", "--rule", "FILE", "--body", "-"], "{\"card\":{\"number\":\"4242\"}}", colours: true)).Output, StringComparison.Ordinal);

    [Fact]
    public async Task Try_BodyWithControlCharacters_SendsNoneToTheTerminal()
    {
        CommandRun run = await CommandRun.RunAsync(Rules, ["try", "--rule", "FILE", "--body", "-"], "{\"card\":{\"number\":\"\\u001b[31m\"},\"b\":\"\u009b2J\"}");
        Assert.Equal(0, run.Code);
        Assert.DoesNotContain(run.Output, c => char.IsControl(c) && c != '\n');
    }

    [Fact]
    public async Task Try_Response_IsWhatTheClientGets()
    {
        CommandRun run = await CommandRun.RunAsync(Rules, ["try", "--rule", "FILE", "--body", "-", "--response"], "{\"card\":{\"number\":\"4242424242424242\"}}");
        Assert.Equal("GET /checkout/1 at shop.example.com, application/json, the response", run.Lines[0]);
        Assert.Contains("+ {\"card\":{\"number\":\"************4242\"}}", run.Lines);
    }

    [Theory]
    [InlineData("{", "--type", "application/json", "refused: 400 malformed-body by rule 'card-in'")]
    [InlineData("x", "--type", "text/plain", "refused: 415 unsupported-content-type by rule 'card-in'")]
    [InlineData("{\"card\":{\"number\":\"1\"}}", "--url", "/checkout", "refused: 422 bind-missing by rule 'card-in'")]
    [InlineData("{}", "--url", "/checkout/%2e%2e/x", "refused: 400 target-dot-segment")]
    [InlineData("{}", "--url", "https://shop.example.com/other", "refused: 403 unmatched-body")]
    [InlineData("{}", "--method", "DELETE", "refused: 403 unmatched-body")]
    public async Task Try_MessageThatIsRefused_SaysWhyAndEndsWithCodeOne(string body, string option, string value, string refusal)
    {
        CommandRun run = await CommandRun.RunAsync(Rules, ["try", "--rule", "FILE", "--body", "-", option, value], body);
        Assert.Equal((1, refusal), (run.Code, run.Lines[^1]));
    }

    [Fact]
    public async Task Try_FormField_IsNamedAsServersReadIt()
    {
        CommandRun run = await CommandRun.RunAsync(Rules, ["try", "--rule", "FILE", "--body", "-"], "a=1&card%5Bnumber%5D=42+42");
        Assert.Matches(@"card\[number\]  string  42 42 -> e3", run.Lines[1]);
    }

    [Fact]
    public async Task Explain_Request_SaysWhatAppliesAndWhyTheRestDoesNot()
    {
        CommandRun run = await CommandRun.RunAsync(Rules, ["explain", "POST", "https://shop.example.com/%63heckout/7", "--type", "application/json", "FILE"]);
        Assert.Equal(0, run.Code);
        Assert.Equal(
            [
                "POST /%63heckout/7 at shop.example.com, application/json",
                "taken and forwarded as /checkout/7",
                "rules that apply, in order:",
                "  card-in (r.yaml:3)",
                "    request, line 6: encrypt as card, bound to path:2",
                "      json: $.card.number, $.list[*]",
                "      form: card[number]",
                "a request body: edited by encrypt of 'card-in'",
                "a request without a body: passes as it came",
                "a response body: passes as it came: no response rule applies",
                "not card-out (r.yaml:9): method POST is none of GET",
            ],
            run.Lines);
    }

    [Theory]
    [InlineData("/checkout/7", "POST", "  card-in (r.yaml:3)")]
    [InlineData("/other", "POST", "not card-in (r.yaml:3): path /other is not under /checkout/**")]
    [InlineData("https://elsewhere/checkout/7", "POST", "not card-in (r.yaml:3): host elsewhere is none of shop.example.com")]
    [InlineData("/checkout//7", "POST", "the target is refused: 400 target-empty-segment: two servers could read it differently")]
    [InlineData("https://shop.example.com/checkout/7", "PUT", "a request body: refused with 403 unmatched-body")]
    public async Task Explain_RequestThatNoRuleIsFor_SaysWhy(string url, string method, string line) =>
        Assert.Contains(line, (await CommandRun.RunAsync(Rules, ["explain", method, url, "FILE"])).Lines);
}
