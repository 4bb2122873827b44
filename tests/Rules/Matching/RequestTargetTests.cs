using CsCheck;

namespace E3.Relay.Rules.Tests.Matching;

public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("/", "/", "/")]
    [InlineData("/checkout", "/checkout", "/checkout")]
    [InlineData("/checkout/", "/checkout/", "/checkout/")]
    [InlineData("/%63heckout", "/checkout", "/checkout")]
    [InlineData("/CHECKOUT", "/CHECKOUT", "/CHECKOUT")]
    [InlineData("/a%20b", "/a%20b", "/a b")]
    [InlineData("/a%2bb+c", "/a%2Bb+c", "/a+b+c")]
    [InlineData("/caf%c3%a9", "/caf%C3%A9", "/café")]
    [InlineData("/a|b\"", "/a%7Cb%22", "/a|b\"")]
    [InlineData("/100%25", "/100%25", "/100%")]
    [InlineData("/~u/a:b@c", "/~u/a:b@c", "/~u/a:b@c")]
    [InlineData("http://shop.example.com/a", "/a", "/a")]
    [InlineData("HTTP://SHOP.example.com.:80/a", "/a", "/a")]
    [InlineData("https://shop.example.com", "/", "/")]
    public void TryParse_AcceptedTarget_HasOneNormalForm(string raw, string forwarded, string path)
    {
        Assert.True(RequestTarget.TryParse(raw, "shop.example.com", out RequestTarget? target, out TargetError error), error.ToString());
        Assert.Equal((TargetError.None, forwarded, path), (error, target.Forwarded, target.Path));
    }

    [Fact]
    public void TryParse_Query_IsKeptAsItCame()
    {
        RequestTarget target = RulesUnderTest.Target("/a%62/?x=%2f..//&y=\\;%zz");
        Assert.Equal(("/ab/?x=%2f..//&y=\\;%zz", "?x=%2f..//&y=\\;%zz"), (target.Forwarded, target.Query));
        Assert.Equal(["ab"], target.Segments);
    }

    [Theory]
    [InlineData("/a/../b", TargetError.DotSegment)]
    [InlineData("/a/..", TargetError.DotSegment)]
    [InlineData("/./a", TargetError.DotSegment)]
    [InlineData("/a/%2e%2E/b", TargetError.DotSegment)]
    [InlineData("/a/.%2e", TargetError.DotSegment)]
    [InlineData("//a", TargetError.EmptySegment)]
    [InlineData("/a//b", TargetError.EmptySegment)]
    [InlineData("/a//", TargetError.EmptySegment)]
    [InlineData("/a%2Fb", TargetError.EncodedSlash)]
    [InlineData("/a%2fb", TargetError.EncodedSlash)]
    [InlineData("/a\\b", TargetError.Backslash)]
    [InlineData("/a%5Cb", TargetError.Backslash)]
    [InlineData("/a;v=1/b", TargetError.PathParameter)]
    [InlineData("/a%3bv", TargetError.PathParameter)]
    [InlineData("/a%00", TargetError.ControlCharacter)]
    [InlineData("/a%0d%0aX:1", TargetError.ControlCharacter)]
    [InlineData("/a%7f", TargetError.ControlCharacter)]
    [InlineData("/a%c2%85", TargetError.ControlCharacter)]
    [InlineData("/a\0", TargetError.ControlCharacter)]
    [InlineData("/a%", TargetError.MalformedPercent)]
    [InlineData("/a%4", TargetError.MalformedPercent)]
    [InlineData("/a%4g", TargetError.MalformedPercent)]
    [InlineData("/a%u0041", TargetError.MalformedPercent)]
    [InlineData("/%c0%af", TargetError.MalformedUtf8)]
    [InlineData("/%c1%a3heckout", TargetError.MalformedUtf8)]
    [InlineData("/%e0%80%af", TargetError.MalformedUtf8)]
    [InlineData("/%ed%a0%80", TargetError.MalformedUtf8)]
    [InlineData("/%ff", TargetError.MalformedUtf8)]
    [InlineData("/%c3", TargetError.MalformedUtf8)]
    [InlineData("/%2563heckout", TargetError.EncodedPercent)]
    [InlineData("/%25%36%33heckout", TargetError.EncodedPercent)]
    [InlineData("/%256%33heckout", TargetError.EncodedPercent)]
    [InlineData("/a#b", TargetError.InvalidCharacter)]
    [InlineData("/a b", TargetError.InvalidCharacter)]
    [InlineData("/é", TargetError.InvalidCharacter)]
    [InlineData("*", TargetError.NotAPath)]
    [InlineData("", TargetError.NotAPath)]
    [InlineData("shop.example.com:443", TargetError.NotAPath)]
    [InlineData("ftp://shop.example.com/a", TargetError.NotAPath)]
    [InlineData("http://evil.example.com/a", TargetError.OtherHost)]
    [InlineData("http://shop.example.com:8080/a", TargetError.OtherHost)]
    [InlineData("https://shop.example.com:80/a", TargetError.OtherHost)]
    [InlineData("http://user@shop.example.com/a", TargetError.OtherHost)]
    [InlineData("http://evil@shop.example.com/a", TargetError.OtherHost)]
    [InlineData("http:///a", TargetError.OtherHost)]
    [InlineData("http://shop.example.com\\@evil/a", TargetError.OtherHost)]
    public void TryParse_WhatServersReadDifferently_IsRefused(string raw, TargetError expected)
    {
        Assert.False(RequestTarget.TryParse(raw, "shop.example.com", out RequestTarget? target, out TargetError error));
        Assert.Null(target);
        Assert.Equal(expected, error);
    }

    [Fact]
    public void TryParse_AbsoluteFormWithoutHostField_IsRefused()
    {
        Assert.False(RequestTarget.TryParse("http://shop.example.com/", null, out _, out TargetError error));
        Assert.Equal(TargetError.OtherHost, error);
    }

    [Fact]
    public void TryParse_TooLong_IsRefused()
    {
        Assert.False(RequestTarget.TryParse("/" + new string('a', 16 * 1024), null, out _, out TargetError error));
        Assert.Equal(TargetError.TooLong, error);
    }

    [Fact]
    public void TryParse_AnyText_NeverThrowsAndNormalFormIsStable() =>
        Gen.Char["/%.;\\?#abcABC012eEfF \u00e9\0*@:"].Array[0, 30].Select(characters => new string(characters)).Sample(raw =>
        {
            if (!RequestTarget.TryParse(raw, null, out RequestTarget? target, out TargetError error))
                return error != TargetError.None;
            return RequestTarget.TryParse(target.Forwarded, null, out RequestTarget? again, out _)
                && again.Forwarded == target.Forwarded && again.Path == target.Path && !target.Segments.Any(segment => segment is "" or "." or "..");
        });
}
