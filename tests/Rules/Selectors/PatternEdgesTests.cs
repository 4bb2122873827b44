using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Tests.Selectors;

public sealed class PatternEdgesTests
{
    [Theory]
    [InlineData(@"(?<value>\d+)", 0, 0)]
    [InlineData(@"\b(?<value>\d{3}-\d{2}-\d{4})\b", 0, 0)]
    [InlineData(@"(?m)^iban: (?<value>\w+)$", 6, 0)]
    [InlineData(@"(?i-s)\[(?<value>[^\]]+)\]", 1, 1)]
    [InlineData(@"\d{4}[)(](?<value>(?:a|b[)(])+)[]a]\)", 5, 2)]
    [InlineData(@"\\(?<value>\\\)|\()\.", 1, 1)]
    [InlineData("😀(?<value>.)é", 2, 1)]
    public void Read_GroupBetweenFixedCharacters_TellsHowMany(string pattern, int before, int after) =>
        Assert.Equal(new PatternEdges(before, after), PatternEdges.Read(pattern));

    [Theory]
    [InlineData(@"a|(?<value>b)")]
    [InlineData(@"(?<value>a)|b")]
    [InlineData(@"a*(?<value>b)")]
    [InlineData(@"a?(?<value>b)")]
    [InlineData(@"a{1,2}(?<value>b)")]
    [InlineData(@"a{2}?(?<value>b)c+")]
    [InlineData(@"(?<value>a)+")]
    [InlineData(@"(?<value>a){2}")]
    [InlineData(@"(?<value>a)?b")]
    [InlineData(@"(b(?<value>a))")]
    [InlineData(@"(?<value>a)(?<value>b)")]
    [InlineData(@"(?x) (?<value>a)")]
    [InlineData(@"(?<value>(?x) a)b")]
    [InlineData(@"(?<value>(?#))a)")]
    [InlineData(@"\x41(?<value>a)")]
    [InlineData(@"\u0041(?<value>a)")]
    [InlineData(@"\p{L}(?<value>a)")]
    [InlineData(@"\c((?<value>a)")]
    [InlineData(@"(?<value>\c))a")]
    [InlineData(@"[a-z-[aeiou]](?<value>a)")]
    [InlineData(@"(?<value>[a-z-[)]])a")]
    [InlineData(@"(?'value'a)")]
    [InlineData(@"[(?<value>](?<value>a)")]
    public void Read_AnythingElse_IsNotKnown(string pattern) => Assert.Null(PatternEdges.Read(pattern));
}
