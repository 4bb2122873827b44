using System.Text.Json;
using E3.Relay.Testing;

namespace E3.Relay.Rules.Tests.Schema;

public sealed class RuleSchemaTests
{
    private static readonly SchemaChecker Checker = new(JsonDocument.Parse(RuleSchema.Write()).RootElement);

    [Fact]
    public void Write_Schema_IsTheOneThatIsShipped() =>
        Assert.Equal(File.ReadAllText(Repository.PathOf("docs", "rules.schema.json")), RuleSchema.Write());

    [Fact]
    public void Check_SampleRules_FitTheSchema()
    {
        string[] files = Directory.GetFiles(Repository.PathOf("samples"), "*.yaml", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.Empty(Checker.Check(YamlAsJson.Read(File.ReadAllText(file)))));
    }

    [Fact]
    public void Check_ExamplesOfTheDocumentation_FitTheSchema() =>
        Assert.All(DocumentedRules.Files, text => Assert.Empty(Checker.Check(YamlAsJson.Read(text))));

    [Theory]
    [InlineData("app: Shop")]
    [InlineData("app: shop, unmatched: allow")]
    [InlineData("app: shop, surprise: 1")]
    [InlineData("app: shop, rules: [{id: a, match: {path: /a}}]")]
    [InlineData("app: shop, rules: [{id: a, match: {path: a}, request: [{redact: {json: [$.a]}}]}]")]
    [InlineData("app: shop, rules: [{id: a, match: {path: /a}, request: []}]")]
    [InlineData("app: shop, rules: [{id: a, match: {path: /a}, request: [{redact: {json: [a]}}]}]")]
    [InlineData("app: shop, rules: [{id: a, match: {path: /a}, request: [{redact: {json: [$.a]}, hash: {json: [$.b]}}]}]")]
    [InlineData("app: shop, rules: [{id: a, match: {path: /a}, request: [{mask: {json: [$.a], last: 256}}]}]")]
    [InlineData("app: shop, rules: [{id: a, match: {path: /a}, request: [{encrypt: {json: [$.a], last: 4}}]}]")]
    [InlineData("app: shop, rules: [{id: a, match: {path: /a}, request: [{redact: {json: [$.a]}}], examples: [{send: {}, expect: {json: {$.a: hidden}}}]}]")]
    public void Check_WhatTheReadersRefuse_DoesNotFit(string file)
    {
        string text = "{" + (file.Contains("rules:", StringComparison.Ordinal) ? file : file + ", rules: []") + "}";
        Assert.NotEmpty(RulesUnderTest.TryLoad(text).Problems);
        Assert.NotEmpty(Checker.Check(YamlAsJson.Read(text)));
    }

    [Fact]
    public void Schema_EveryKey_StandsInTheReference()
    {
        string reference = File.ReadAllText(Repository.PathOf("docs", "rules.md"));
        Assert.All(Keys(JsonDocument.Parse(RuleSchema.Write()).RootElement).Distinct(), key => Assert.Matches($@"[`.{{ ]{key}[`:]", reference));
    }

    private static IEnumerable<string> Keys(JsonElement schema)
    {
        foreach (JsonProperty member in schema.ValueKind == JsonValueKind.Object ? schema.EnumerateObject() : default)
        {
            IEnumerable<string> names = member.Name == "properties" ? member.Value.EnumerateObject().Select(property => property.Name) : [];
            IEnumerable<JsonElement> inner = member.Name == "properties" ? member.Value.EnumerateObject().Select(property => property.Value) : [member.Value];
            foreach (string name in names.Concat(inner.SelectMany(Keys)))
                yield return name;
        }
    }
}
