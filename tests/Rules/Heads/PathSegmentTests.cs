namespace E3.Relay.Rules.Tests.Heads;

public sealed class PathSegmentTests
{
    private static HeadPlan Plan(string target, string segments = "2", string more = "") => HeadUnderTest.RequestPlan($"path: {{segment: {segments}}}", target, more, "/customers/**");

    [Theory]
    [InlineData("/customers/123/cards", "2", "/customers/T/cards")]
    [InlineData("/customers/123/", "2", "/customers/T/")]
    [InlineData("/customers/123?a=%2F&b", "2", "/customers/T?a=%2F&b")]
    [InlineData("/%43ustomers/1/a@b%40/c", "2", "/Customers/T/a@b%40/c")]
    [InlineData("/customers/1/x/2", "[2, 4]", "/customers/T/x/T")]
    [InlineData("/customers/1/x/2", "[4, 2]", "/customers/T/x/T")]
    [InlineData("/customers/1", "[4, 2]", "/customers/T")]
    public void Rewrite_OtherSegments_StayAsTheyAre(string target, string segments, string written) => Assert.Equal(written, Plan(target, segments).Rewrite("T"));

    [Theory]
    [InlineData("/customers")]
    [InlineData("/customers/")]
    public void Rewrite_SegmentThatIsNotThere_SelectsNothing(string target)
    {
        Assert.Equal("", Plan(target).Rewrite("T"));
        Assert.Equal(new Refusal(422, RefusalCode.RequiredMissing, "under-test"), Plan(target, more: "required: [\"path:2\"]").Refused());
    }

    [Fact]
    public void Select_Value_IsDecoded() => Assert.Equal(["a b+é@"], Plan("/customers/a%20b+%c3%a9@").Values());

    [Theory]
    [InlineData("a b+é@:", "/customers/a%20b%2B%C3%A9%40%3A")]
    [InlineData("100%", "/customers/100%25")]
    [InlineData("~x-._", "/customers/~x-._")]
    [InlineData("?x#", "/customers/%3Fx%23")]
    public void Write_Value_IsOneSegmentInNormalForm(string value, string written)
    {
        using HeadSelection selection = Plan("/customers/1").Select();
        string forwarded = selection.Write(value);
        Assert.Equal(written, forwarded);
        Assert.Equal(value, RulesUnderTest.Target(forwarded).Segments[1]);
        Assert.Equal(written, RulesUnderTest.Target(forwarded).Forwarded);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a;b")]
    [InlineData("%2e")]
    [InlineData("a\r\n")]
    [InlineData("a\0")]
    [InlineData("\u0085")]
    public void TryWrite_ValueThatIsNoOneSegment_IsRefused(string value)
    {
        using HeadSelection selection = Plan("/customers/1").Select();
        Assert.Equal(RefusalCode.CannotDecrypt, selection.WhyNotWritten(value));
    }
}
