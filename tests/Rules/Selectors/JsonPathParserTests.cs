using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Tests.Selectors;

public sealed class JsonPathParserTests
{
    [Theory]
    [InlineData("", 1, "must begin with $")]
    [InlineData("$.card.", 8, "wants a name here")]
    [InlineData("$.card[", 8, "wants a quoted name, an index, a slice, a filter or * here")]
    [InlineData("$.list[01]", 10, "without leading zeros")]
    [InlineData("$.list[9007199254740992]", 24, "at most 2^53 - 1")]
    [InlineData("$.list[1:x]", 10, "wants , or ]")]
    [InlineData("$.list[?]", 9, "wants @, $, a literal or a function")]
    [InlineData("$.list[?@.kind==]", 17, "wants @, $, a literal or a function")]
    [InlineData("$.list[?@.kind=='x]", 20, "wants a closing quote")]
    [InlineData("$.list[?(@.kind]", 16, "wants ), && or ||")]
    [InlineData("$.list[?@.kind==1 &&]", 21, "wants @, $, a literal or a function")]
    [InlineData("$.list[?@.kind==01]", 17, "a number as JSON writes it")]
    [InlineData("$.list[?@..kind==1]", 9, "names and indices alone")]
    [InlineData("$.list[?'x']", 9, "a literal alone is no test")]
    [InlineData("$.list[?!@.kind==1]", 16, "wants , or ]")]
    [InlineData("$.list[?length(@.kind)]", 9, "compare it with another")]
    [InlineData("$.list[?length(@.*)>1]", 16, "names and indices alone")]
    [InlineData("$.list[?count(1)>1]", 15, "count takes a query")]
    [InlineData("$.list[?count()>1]", 9, "takes one argument")]
    [InlineData("$.list[?match(@.kind)]", 9, "a text and a pattern")]
    [InlineData("$.list[?match(@.kind,'x')==true]", 9, "is a test and gives no value")]
    [InlineData("$.list[?first(@.kind)==1]", 9, "unknown function")]
    [InlineData("$.list[?count (@.kind)==1]", 9, "its ( right after the name")]
    [InlineData("$.list[?match(@.kind,'[x')]", 22, "no I-Regexp")]
    [InlineData("$.list[?match(@.kind,'(x{1000}){1000}')]", 22, "too large")]
    public void TryParse_InvalidSelector_SaysWhereAndWhy(string selector, int position, string reason)
    {
        Assert.False(JsonPathParser.TryParse(selector, out _, out SelectorError? error));
        Assert.Contains(reason, error.Reason, StringComparison.Ordinal);
        Assert.Equal(position, error.Position);
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("!(", ")")]
    [InlineData("@[?", "]")]
    [InlineData("count(@[?", "])>1")]
    public void TryParse_Nesting_IsLimited(string open, string close)
    {
        static string Nested(string open, string close, int depth) =>
            $"$[?{string.Concat(Enumerable.Repeat(open, depth))}@.kind{string.Concat(Enumerable.Repeat(close, depth))}]";
        Assert.True(JsonPathParser.TryParse(Nested(open, close, 4), out _, out _));
        Assert.False(JsonPathParser.TryParse(Nested(open, close, 17), out _, out SelectorError? error));
        Assert.Contains("nest deeper than 16", error.Reason, StringComparison.Ordinal);
        Assert.False(JsonPathParser.TryParse(Nested(open, close, 300), out _, out _));
    }

    [Fact]
    public void TryParse_Length_IsLimited()
    {
        Assert.True(JsonPathParser.TryParse("$." + new string('x', 4094), out _, out _));
        Assert.False(JsonPathParser.TryParse("$." + new string('x', 4095), out _, out SelectorError? error));
        Assert.Contains("4096", error.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$.order.lines[-1].sku", true)]
    [InlineData("$.order.lines[-2:].sku", false)]
    [InlineData("$.order.lines[0,1].sku", false)]
    [InlineData("$.order.lines[?@.sku].sku", false)]
    [InlineData("$..sku", false)]
    public void IsSingular_NamesAndIndicesAlone_AreSingular(string selector, bool expected)
    {
        Assert.True(JsonPathParser.TryParse(selector, out JsonPath? path, out _));
        Assert.Equal(expected, path.IsSingular);
    }
}
