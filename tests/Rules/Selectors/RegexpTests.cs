using System.Text.RegularExpressions;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Tests.Selectors;

public sealed class RegexpTests
{
    [Theory]
    [InlineData("4[0-9]{3}", "4242", true)]
    [InlineData("4[0-9]{3}", "4242\n", false)]
    [InlineData("4[0-9]{3,}", "424242", true)]
    [InlineData("4[0-9]{3,4}", "424242", false)]
    [InlineData("visa|amex", "amex", true)]
    [InlineData("visa|", "", true)]
    [InlineData("(vi|ma)+sa?", "vimas", true)]
    [InlineData(".", "😀", true)]
    [InlineData("..", "😀", false)]
    [InlineData("😀{2}", "😀😀", true)]
    [InlineData("[😀-😂]", "😁", true)]
    [InlineData("[😀-😂]", "😃", false)]
    [InlineData("[^😀]", "😁", true)]
    [InlineData("[^😀]", "😀", false)]
    [InlineData("[^x]", "😀", true)]
    [InlineData("[^x]", "\n", true)]
    [InlineData("[-x]", "-", true)]
    [InlineData("[x-]", "-", true)]
    [InlineData("[\\-\\]\\^]", "^", true)]
    [InlineData("\\p{L}", "ß", true)]
    [InlineData("\\p{L}", "𝒳", true)]
    [InlineData("\\P{L}", "𝒳", false)]
    [InlineData("\\P{L}", "😀", true)]
    [InlineData("[\\p{Nd}x]", "𝟘", true)]
    [InlineData("[^\\p{Nd}]", "𝟘", false)]
    [InlineData("\\p{C}", "\u0007", true)]
    [InlineData("\\p{So}{2}", "😀😀", true)]
    [InlineData("a#b c\"d", "a#b c\"d", true)]
    [InlineData("I", "i", false)]
    public void TryCompile_Pattern_MatchesCodePoints(string pattern, string text, bool matches)
    {
        Assert.Equal(RegexpError.None, Regexp.TryCompile(pattern, true, out Regex? regex, out _));
        Assert.Equal(matches, regex!.IsMatch(text));
        Assert.Equal(matches, Regex.IsMatch(text, $"\\A(?:{regex})\\z"));
    }

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("x)")]
    [InlineData("*")]
    [InlineData("x**")]
    [InlineData("x{")]
    [InlineData("x{,2}")]
    [InlineData("x{3,2}")]
    [InlineData("x{2}}")]
    [InlineData("[]")]
    [InlineData("[^]")]
    [InlineData("[x")]
    [InlineData("[y-x]")]
    [InlineData("[x-y-z]")]
    [InlineData("[[x]]")]
    [InlineData("x]")]
    [InlineData("\\")]
    [InlineData("\\d")]
    [InlineData("\\w")]
    [InlineData("\\b")]
    [InlineData("\\u0041")]
    [InlineData("\\p{}")]
    [InlineData("\\p{Cs}")]
    [InlineData("\\p{IsGreek}")]
    [InlineData("\\pL")]
    [InlineData("(?:x)")]
    [InlineData("(?=x)")]
    [InlineData("x*?")]
    [InlineData("(x)\\1")]
    public void TryCompile_WhatIsNoIRegexp_IsMalformed(string pattern) => Assert.Equal(RegexpError.Malformed, Regexp.TryCompile(pattern, false, out _, out _));

    [Fact]
    public void TryCompile_LargePattern_IsRefused()
    {
        Assert.Equal(RegexpError.TooLarge, Regexp.TryCompile(new string('x', Regexp.LengthMax + 1), false, out _, out _));
        Assert.Equal(RegexpError.TooLarge, Regexp.TryCompile("((x{50}){50})", false, out _, out _));
        Assert.Equal(RegexpError.TooLarge, Regexp.TryCompile("x{99999999999}", false, out _, out _));
        Assert.Equal(RegexpError.TooLarge, Regexp.TryCompile(new string('(', 500) + new string(')', 500), false, out _, out _));
    }

    [Fact]
    public void TryCompile_PatternThatWouldBacktrack_TakesLinearTime()
    {
        Assert.Equal(RegexpError.None, Regexp.TryCompile("(x+x+)+y", false, out Regex? regex, out _));
        Assert.True(regex!.Options.HasFlag(RegexOptions.NonBacktracking));
        Assert.DoesNotMatch(regex, new string('x', 100_000));
    }
}
