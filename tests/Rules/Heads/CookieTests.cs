namespace E3.Relay.Rules.Tests.Heads;

public sealed class CookieTests
{
    private static readonly HeadPlan Card = HeadUnderTest.RequestPlan("cookie: [card, __Host-id]");
    private static readonly HeadPlan All = HeadUnderTest.RequestPlan("cookie: [\"*\"]");
    private static readonly HeadPlan Answer = HeadUnderTest.ResponsePlan("cookie: [card, __Host-id]");

    [Theory]
    [InlineData("card=4242", "card=T")]
    [InlineData("a=1; card=4242; b={\"x\":1,\"y\":2}", "a=1; card=T; b={\"x\":1,\"y\":2}")]
    [InlineData("a=1;card=4242;;b", "a=1;card=T;;b")]
    [InlineData("card=\"4242\"", "card=\"T\"")]
    [InlineData("card=", "card=T")]
    [InlineData("card=\"\"", "card=\"T\"")]
    [InlineData("card=a=b==", "card=T")]
    [InlineData("card = 4242 ; b=1", "card = T ; b=1")]
    [InlineData("card=1; card=2; CARD=3", "card=T; card=T; CARD=T")]
    [InlineData("__Host-id=1; __Secure-id=2; id=3", "__Host-id=T; __Secure-id=2; id=3")]
    [InlineData("a=b c; $Path=/; card=1", "a=b c; $Path=/; card=T")]
    [InlineData("a=\"x\\\"; card=1", "a=\"x\\\"; card=T")]
    [InlineData("a=\"x y\"; card=1", "a=\"x y\"; card=T")]
    public void Rewrite_CharactersAroundTheValue_StayAsTheyCame(string line, string written) => Assert.Equal("Cookie: " + written, Card.Rewrite("T", "Cookie: " + line));

    [Theory]
    [InlineData("Card=1")]
    [InlineData("c%61rd=1")]
    [InlineData("card[]=1")]
    [InlineData("card[x]=1")]
    [InlineData("%63ard%5Bx%5D=1")]
    [InlineData("card%00x=1")]
    [InlineData("..Host-id=1")]
    [InlineData("_[Host-id=1")]
    [InlineData("\tcard\t=1")]
    [InlineData("c%61rd[%zz]=1")]
    public void Select_NameAsServersReadIt_IsFound(string line) => Assert.Equal(["1"], Card.Values("Cookie: " + line));

    [Theory]
    [InlineData(" ", "z")]
    [InlineData("= ", "z")]
    [InlineData("x,", "z=")]
    [InlineData("\"", "=z")]
    public void TrySelect_LineOfManySeparators_TakesTimeInProportionToIt(string separator, string end)
    {
        string line = "Cookie: a=" + string.Concat(Enumerable.Repeat(separator, 1_000_000 / separator.Length)) + end;
        System.Diagnostics.Stopwatch elapsed = System.Diagnostics.Stopwatch.StartNew();
        Assert.Empty(Card.Values(line));
        // The square of the line's length would be minutes.
        Assert.InRange(elapsed.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Select_SeveralLines_AreAllRead() => Assert.Equal(["1", "2"], Card.Values("Cookie: card=1", "X: card=9", "cookie: a=1; card=2"));

    [Fact]
    public void Select_AllCookies_TakesValuesWithEqualsSigns() => Assert.Equal(["1", "eA==", "x=y"], All.Values("Cookie: a=1; b=eA==; c=\"x=y\""));

    [Theory]
    [InlineData("a=1, card=4242")]
    [InlineData("a=1,card=4242")]
    [InlineData("a=1 card=4242")]
    [InlineData("a=1\tcard=4242")]
    [InlineData("a=\"1\"card=4242")]
    [InlineData("a=\"; card=4242\"")]
    [InlineData("=card=4242")]
    [InlineData("==card=4242")]
    [InlineData("card")]
    [InlineData("card=\"42")]
    [InlineData("card=42\"")]
    [InlineData("card=\"4\\\"2\"")]
    [InlineData("card=\"4 2\"")]
    [InlineData("card=4 2")]
    [InlineData("card=4,2")]
    [InlineData("card=\\064")]
    [InlineData("card=\u00E9")]
    [InlineData("c\u00E9=1")]
    [InlineData("$Version=1; card=\"42\"")]
    [InlineData("card=1; $version=1")]
    [InlineData("a=1\u0001; card=2")]
    [InlineData("card=4\u007F2")]
    [InlineData("a=1,c%61rd[%zz]=2")]
    [InlineData("a=, = ,card=2")]
    public void TrySelect_CookiesThatServersReadDifferently_AreRefused(string line) =>
        Assert.Equal(new Refusal(400, RefusalCode.AmbiguousCookie, "under-test"), Card.Refused("Cookie: " + line));

    [Theory]
    [InlineData("card=4242; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly", "card=T; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly")]
    [InlineData("card=\"4242\";Secure", "card=\"T\";Secure")]
    [InlineData(" card = 1 ; card=2", "card = T ; card=2")]
    [InlineData("__Host-id=x", "__Host-id=T")]
    public void Rewrite_SetCookie_LeavesTheAttributes(string line, string written) => Assert.Equal("Set-Cookie: " + written, Answer.Rewrite("T", "Set-Cookie: " + line));

    [Theory]
    [InlineData("a=1, card=4242")]
    [InlineData("a=1; Path=/, card=4242")]
    [InlineData("=card=4242")]
    [InlineData("card")]
    [InlineData("card=\"4242")]
    public void TrySelect_SetCookieThatClientsReadDifferently_IsRefused(string line) =>
        Assert.Equal(new Refusal(502, RefusalCode.AmbiguousCookie, "under-test"), Answer.Refused("Set-Cookie: " + line));

    [Fact]
    public void Select_CookieFieldOfTheOtherDirection_IsNotRead()
    {
        Assert.Empty(Card.Values("Set-Cookie: card=1"));
        Assert.Empty(Answer.Values("Cookie: card=1"));
    }

    [Theory]
    [InlineData("a b", false)]
    [InlineData("a;b", false)]
    [InlineData("a,b", false)]
    [InlineData("a\"b", false)]
    [InlineData("a\\b", false)]
    [InlineData("a\r\nSet-Cookie: b", false)]
    [InlineData("a\0", false)]
    [InlineData("é", false)]
    [InlineData("", true)]
    [InlineData("[redacted]", true)]
    [InlineData("eA==", true)]
    public void TryWrite_ValueThatIsNoCookie_IsRefused(string value, bool accepted)
    {
        using HeadSelection selection = Card.Select("Cookie: card=1");
        Assert.Equal(accepted ? null : RefusalCode.CannotDecrypt, selection.WhyNotWritten(value));
    }

    [Fact]
    public void TrySelect_RequiredCookie_MustBeThere()
    {
        HeadPlan plan = HeadUnderTest.RequestPlan("cookie: [card]", more: "required: [card]");
        Assert.Equal(RefusalCode.RequiredMissing, plan.Refused("Cookie: a=1").Code);
        Assert.Equal(["1"], plan.Values("Cookie: card=1"));
    }
}
