using E3.Relay.Proxy.RuleFiles;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests;

[Collection(Alone.Name)]
public sealed class ReloadTests
{
    private const string NothingButPay = """
        app: shop
        rules:
          - id: pay
            match: {path: /pay}
            request:
              - encrypt: {json: [$.iban]}
                role: bank
        """;

    [Fact]
    public async Task Files_ThatChange_AreTakenOverWhileServing()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        Assert.Equal(400 + 3, await StatusOfPayAsync(relay));
        await File.WriteAllTextAsync(relay.Folder.PathOf("public.yaml"), NothingButPay);
        await UntilLoggedAsync(relay, " 1020 ");
        Assert.Equal(200, await StatusOfPayAsync(relay));
        Assert.Equal("DE00", FakeCipher.Plain(relay.Upstream.Requests[^1].Text["{\"iban\":\"".Length..^2]));
    }

    [Fact]
    public async Task Files_ThatBreak_LeaveTheLastGoodRulesAndAreReportedEverywhere()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        await File.WriteAllTextAsync(relay.Folder.PathOf("public.yaml"), "app: shop\nrules:\n  - id: broken\n    match: {path: /**}\n    requests: []\n");
        await UntilLoggedAsync(relay, " 1021 ");
        using HttpResponseMessage response = await relay.PostAsync("/checkout/card", """{"card":{"number":"4242"}}""");
        Assert.Equal(200, (int)response.StatusCode);
        Assert.DoesNotContain("\"4242\"", Assert.Single(relay.Upstream.Requests).Text, StringComparison.Ordinal);
        string health = await relay.Client.GetStringAsync(relay.Uri(ProxyHost.ManagementName, "/health/ready"));
        Assert.Matches("\"broken\":true,\"problems\":\\[\"public.yaml:[0-9]+:", health);
        Assert.Matches("e3_relay_rules_broken\\{[^}]*listener=\"public\"[^}]*\\} 1", await relay.MetricsAsync());
        Assert.Matches("e3_relay_rules_broken\\{[^}]*listener=\"readers\"[^}]*\\} 0", await relay.MetricsAsync());

        await File.WriteAllTextAsync(relay.Folder.PathOf("public.yaml"), TestRules.Public);
        await UntilLoggedAsync(relay, " 1020 ");
        Assert.Contains("\"broken\":false", await relay.Client.GetStringAsync(relay.Uri(ProxyHost.ManagementName, "/health")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_WithAWarning_AreTakenOverAndTheWarningIsLoggedOnce()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        await File.WriteAllTextAsync(relay.Folder.PathOf("public.yaml"), NothingButPay.Replace("[$.iban]", "[$.iban, $.iban]", StringComparison.Ordinal));
        await UntilLoggedAsync(relay, " 1023 ");
        Assert.Contains(relay.Log.Lines, line => line.Contains(" 1020 ", StringComparison.Ordinal));
        string warning = Assert.Single(relay.Log.Lines, line => line.Contains(" 1023 ", StringComparison.Ordinal));
        Assert.StartsWith("Warning 1023 Listener public: public.yaml:6:9: warning: rule 'pay': JSONPath '$.iban' stands already", warning, StringComparison.Ordinal);
        Assert.Contains("[repeated-operation]", warning, StringComparison.Ordinal);
        Assert.Equal(200, await StatusOfPayAsync(relay));
    }

    [Fact]
    public async Task Files_ThatDisappear_LeaveTheLastGoodRules()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        File.Delete(relay.Folder.PathOf("public.yaml"));
        await UntilLoggedAsync(relay, " 1021 ");
        using HttpResponseMessage response = await relay.PostAsync("/checkout/card", """{"card":{"number":"4242"}}""");
        Assert.DoesNotContain("\"4242\"", Assert.Single(relay.Upstream.Requests).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_UnderWay_KeepsTheRulesItBeganWith()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        var answer = new TaskCompletionSource();
        relay.Upstream.Answer = async context =>
        {
            await answer.Task;
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync("""{"number":"4242424242424242"}"""u8.ToArray());
        };
        Task<string> request = relay.Client.GetStringAsync(relay.Uri("public", "/orders/1"));
        await TimeBound.UntilAsync(() => relay.Upstream.Arrived == 1, "the request is upstream");
        await File.WriteAllTextAsync(relay.Folder.PathOf("public.yaml"), NothingButPay);
        await UntilLoggedAsync(relay, " 1020 ");
        answer.SetResult();
        Assert.Equal("""{"number":"************4242"}""", await request);
    }

    [Fact]
    public void Refresh_BehindASymbolicLinkThatMoves_SeesTheNewContent()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.PathOf("one"));
        Directory.CreateDirectory(folder.PathOf("two"));
        File.WriteAllText(folder.PathOf("one", "r.yaml"), TestRules.Public);
        File.WriteAllText(folder.PathOf("two", "r.yaml"), NothingButPay);
        Directory.CreateSymbolicLink(folder.PathOf("data"), "one");
        ListenerRules rules = ListenerRules.Load("public", folder.Path, [folder.PathOf("data", "r.yaml")]);
        Assert.False(rules.Refresh());
        Assert.Equal(5, rules.State.Rules.Count);
        Directory.Delete(folder.PathOf("data"));
        Directory.CreateSymbolicLink(folder.PathOf("data"), "two");
        Assert.False(rules.Refresh());
        Assert.True(rules.Refresh());
        Assert.Equal(1, rules.State.Rules.Count);
    }

    [Fact]
    public void Refresh_WhileAFileIsBeingWritten_WaitsForTheWholeOfIt()
    {
        using var folder = new TempFolder();
        string path = folder.PathOf("r.yaml");
        File.WriteAllText(path, TestRules.Public);
        ListenerRules rules = ListenerRules.Load("public", folder.Path, [path]);
        File.WriteAllText(path, TestRules.Public[..TestRules.Public.IndexOf("  - id: retry", StringComparison.Ordinal)]);
        Assert.False(rules.Refresh());
        Assert.Equal(5, rules.State.Rules.Count);
        File.WriteAllText(path, TestRules.Public + "# the end\n");
        Assert.False(rules.Refresh());
        Assert.Equal(5, rules.State.Rules.Count);
        Assert.True(rules.Refresh());
        Assert.Equal(5, rules.State.Rules.Count);
        Assert.False(rules.Refresh());
    }

    private static async Task<int> StatusOfPayAsync(TestRelay relay)
    {
        using HttpResponseMessage response = await relay.PostAsync("/pay", """{"iban":"DE00"}""");
        return (int)response.StatusCode;
    }

    private static Task UntilLoggedAsync(TestRelay relay, string eventId) =>
        TimeBound.UntilAsync(() => relay.Log.Lines.Any(line => line.Contains(eventId, StringComparison.Ordinal)), $"event{eventId}is logged");
}
