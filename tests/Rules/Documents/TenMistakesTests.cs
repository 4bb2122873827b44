using E3.Relay.Testing;

namespace E3.Relay.Rules.Tests.Documents;

/// <summary>The messages as an author reads them: what is wrong, where, and what to do.</summary>
public sealed class TenMistakesTests
{
    private static readonly string[] Messages =
    [
        "2:6: 'app' is 'Shop', and it can only have 1 to 64 of a-z, 0-9, -, _ and .; write shop",
        "3:12: 'unmatched' is 'allow'; it may be pass or refuse",
        "5:9: rule 'card in': 'id' is 'card in', and it can only have 1 to 64 of a-z, 0-9, -, _ and .; write card-in",
        "13:5: rule 'misspelt': 'requests' is no key of a rule; did you mean 'request'? it may have id, match, ",
        "21:19: rule 'query-in-path': path pattern '/b?x=1' has a query or fragment; patterns are paths alone",
        "29:26: rule 'selector': JSONPath 'card.number', character 1: must begin with $",
        "35:9: rule 'no-role': 'role' is missing; name the role whose key is used for encrypt",
        "42:20: rule 'required-elsewhere': 'required' names '$.card.nummer', which is no selector of this operation; write it just as it stands there",
        "45:31: rule 'url-for-host': 'https://shop.example.com' is no host name; write it without scheme, port and wildcard, international names in their xn-- form",
        "55:9: rule 'conflict': '$.card.number' selects the same value as '$.card' of rule 'conflict' (line 53), which does something else to it; leave it to one of the two",
    ];

    [Fact]
    public void Load_FileWithTenMistakes_SaysOfEachWhereItIsAndWhatToDo()
    {
        RuleLoadResult result = RuleLoader.Load([new RuleSource("r.yaml", File.ReadAllBytes(Repository.PathOf("tests", "Rules", "Documents", "ten-mistakes.yaml")))]);
        Assert.Null(result.Rules);
        Assert.Equal(Messages.Length, result.Problems.Count);
        Assert.All(Messages.Zip(result.Problems), pair => Assert.StartsWith("r.yaml:" + pair.First, pair.Second.ToString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("requests", "did you mean 'request'?")]
    [InlineData("Response", "did you mean 'response'?")]
    [InlineData("exampels", "did you mean 'examples'?")]
    [InlineData("surprise", "no key of a rule; it may have")]
    [InlineData("d", "no key of a rule; it may have")]
    public void Load_UnknownKey_SuggestsWhatIsNear(string key, string words) =>
        Assert.Contains(RulesUnderTest.TryLoad(RulesUnderTest.File($"{key}: 1\nrequest: [{{encrypt: {{json: [$.a]}}, role: card}}]")).Problems, problem => problem.Message.Contains(words, StringComparison.Ordinal));
}
