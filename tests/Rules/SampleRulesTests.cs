using System.Text.RegularExpressions;
using E3.Relay.Testing;

namespace E3.Relay.Rules.Tests;

public sealed class SampleRulesTests
{
    private static RuleSet Sample(string name)
    {
        RuleLoadResult result = RuleLoader.Load([new RuleSource(name, File.ReadAllBytes(Path.Combine(Repository.Root, "samples", "checkout", "rules", name)))]);
        Assert.Empty(result.Problems);
        return result.Rules!;
    }

    [Fact]
    public void Public_Checkout_EncryptsWhatIsPosted()
    {
        RequestPlan plan = Sample("public.yaml").Plan("POST", "127.0.0.1:8080", RulesUnderTest.Target("/checkout/card"));
        BodyPlan json = RulesUnderTest.Planned(plan.ForRequest("application/json", true)), form = RulesUnderTest.Planned(plan.ForRequest("application/x-www-form-urlencoded", true));
        Assert.Equal("""{"name":"Ada","card":{"number":"T","cvc":"T"}}""", json.Rewrite("""{"name":"Ada","card":{"number":"4242","cvc":"123"}}""", "T"));
        Assert.Equal("name=Ada&card_number=T&card%5Bcvc%5D=T", form.Rewrite("name=Ada&card_number=4242&card%5Bcvc%5D=123", "T"));
        Assert.Equal("card[number]=T&card[cvc]=T", form.Rewrite("card[number]=4242&card[cvc]=123", "T"));
        Assert.Equal(RefusalCode.RequiredMissing, json.Refused("{}").Code);
        Assert.Equal(415, plan.ForRequest("application/octet-stream", true).Refusal?.Status);
        Assert.False(plan.HasResponseRules);
    }

    [Fact]
    public void Public_Checkout_ShowsMasks()
    {
        RequestPlan plan = Sample("public.yaml").Plan("GET", "127.0.0.1:8080", RulesUnderTest.Target("/checkout/card"));
        BodyPlan json = RulesUnderTest.Planned(plan.ForResponse("application/json", true)), form = RulesUnderTest.Planned(plan.ForResponse("application/x-www-form-urlencoded", true));
        Assert.Equal([4, 0], Kept(json, """{"name":"Ada","card":{"number":"e3.a","cvc":"e3.b"}}"""));
        Assert.Equal([4, 0], Kept(form, "name=Ada&card_number=e3.a&card%5Bcvc%5D=e3.b"));
        Assert.Equal([4, 0], Kept(form, "card[number]=e3.a&card[cvc]=e3.b"));
        Assert.False(plan.HasRequestRules);
    }

    private static int[] Kept(BodyPlan plan, string body)
    {
        using BodySelection selection = plan.Select(body);
        return [.. selection.Fields.Select(field => plan.Operations[field.Operation].MaskLast)];
    }

    [Fact]
    public void Public_MaskedCard_IsNotTakenForACard()
    {
        RequestPlan plan = Sample("public.yaml").Plan("POST", "127.0.0.1:8080", RulesUnderTest.Target("/checkout/card"));
        Assert.Equal(RefusalCode.MaskedValue, RulesUnderTest.Planned(plan.ForRequest("application/x-www-form-urlencoded", true)).Refused("card_number=************4242").Code);
    }

    [Fact]
    public void Readers_Checkout_Decrypts()
    {
        RequestPlan plan = Sample("readers.yaml").Plan("GET", "127.0.0.1:8082", RulesUnderTest.Target("/checkout/card"));
        BodyPlan json = RulesUnderTest.Planned(plan.ForResponse("application/json", true)), form = RulesUnderTest.Planned(plan.ForResponse("application/x-www-form-urlencoded", true));
        Assert.All(json.Operations.Concat(form.Operations), operation => Assert.Equal((FieldAction.Decrypt, "card"), (operation.Action, operation.Role)));
        Assert.Equal(["e3.a", "e3.b"], json.Values("""{"card":{"number":"e3.a","cvc":"e3.b"}}"""));
        Assert.Equal(["e3.a", "e3.b", "e3.c"], form.Values("card_number=e3.a&card%5Bcvc%5D=e3.b&card[number]=e3.c"));
    }

    [Fact]
    public void Documentation_Example_Loads()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "rules.md"));
        int start = text.IndexOf("```yaml\n", StringComparison.Ordinal) + 8;
        Assert.Equal(2, RulesUnderTest.Load(text[start..text.IndexOf("```", start, StringComparison.Ordinal)]).Count);
    }

    [Fact]
    public void Documentation_Refusals_NamesEveryCode()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "rules.md"));
        Assert.All(Enum.GetValues<RefusalCode>(), code => Assert.Contains($"`{new Refusal(400, code, null).Name}`", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Documentation_Tests_AllExist()
    {
        Dictionary<string, string> sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .GroupBy(Path.GetFileNameWithoutExtension, File.ReadAllText).ToDictionary(group => group.Key!, group => string.Concat(group), StringComparer.Ordinal);
        MatchCollection named = Regex.Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "rules.md")), "`(\\w+Tests)\\.(\\w+)`");
        Assert.True(named.Count > 60);
        Assert.All(named, test => Assert.Contains($" {test.Groups[2].Value}(", sources.GetValueOrDefault(test.Groups[1].Value, ""), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("public.yaml")]
    [InlineData("readers.yaml")]
    public void OtherRoutes_AnyBody_Passes(string file)
    {
        RequestPlan plan = Sample(file).Plan("POST", "127.0.0.1", RulesUnderTest.Target("/other"));
        Assert.Equal((true, default), (plan.IsEmpty, plan.ForRequest("application/octet-stream", true)));
    }
}
