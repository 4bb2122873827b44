namespace E3.Relay.Rules.Tests.Heads;

public sealed class HeaderTests
{
    private static readonly HeadPlan Card = HeadUnderTest.RequestPlan("header: [X-Card, \"X-Pan-*\"]");

    [Theory]
    [InlineData("X-Card: 4242")]
    [InlineData("x-CARD: 4242")]
    [InlineData("X_Card: 4242")]
    [InlineData("X.Card: 4242")]
    [InlineData("X-Pan-: 4242")]
    [InlineData("x_pan_a: 4242")]
    [InlineData("X-Card:  4242\t ")]
    public void Select_NameAsServersReadIt_IsFound(string line) => Assert.Equal(["4242"], Card.Values("Host: shop", line));

    [Theory]
    [InlineData("X-Cards: 1")]
    [InlineData("XCard: 1")]
    [InlineData("X-Pan: 1")]
    [InlineData("Cookie: X-Card=1")]
    public void Select_OtherName_IsNotFound(string line) => Assert.Empty(Card.Values(line));

    [Fact]
    public void Select_ExactNames_IgnoresCaseAlone()
    {
        string file = RulesUnderTest.File("request: [{encrypt: {header: [X-Card, \"Y-*\"]}, role: r}]", more: "names: exact");
        Assert.Equal(["1", "3"], RulesUnderTest.PlanFor(file).RequestHead!.Values("x-card: 1", "X_Card: 2", "y-a: 3", "y_b: 4"));
    }

    [Fact]
    public void Rewrite_RepeatedField_ChangesEveryLineAndNoOther() =>
        Assert.Equal("X-Card: T\nA: 1\nx-card: T", Card.Rewrite("T", "X-Card: 1, 2", "A: 1", "x-card: 3"));

    [Fact]
    public void Rewrite_ListInOneLine_IsOneValue() => Assert.Equal(["1, 2"], Card.Values("X-Card: 1, 2"));

    [Fact]
    public void Select_EmptyValue_IsAValue()
    {
        Assert.Equal([""], Card.Values("X-Card: "));
        Assert.Empty(HeadUnderTest.RequestPlan("header: [X-Card]", more: "encryptEmpty: false").Values("X-Card: "));
    }

    [Theory]
    [InlineData("caf\u00E9")]
    [InlineData("\u00C3\u00A9")]
    [InlineData("a\u0001b")]
    [InlineData("a\u007Fb")]
    public void TrySelect_ValueOfNoKnownCharset_IsRefused(string value)
    {
        Assert.Equal(new Refusal(400, RefusalCode.AmbiguousHeader, "under-test"), Card.Refused("X-Card: " + value));
        Assert.Empty(Card.Values("X-Other: " + value));
    }

    [Theory]
    [InlineData("a b\tc", true)]
    [InlineData("", true)]
    [InlineData("{\"a\":[1]}", true)]
    [InlineData(" a", false)]
    [InlineData("a ", false)]
    [InlineData("\ta", false)]
    [InlineData("a\r\nX-Admin: 1", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\rb", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\u007F", false)]
    [InlineData("é", false)]
    public void TryWrite_ValueThatNoHeaderMayHave_IsRefused(string value, bool accepted)
    {
        using HeadSelection selection = Card.Select("X-Card: e3.abc".Replace("e3.", "x", StringComparison.Ordinal));
        Assert.Equal(accepted ? null : RefusalCode.CannotDecrypt, selection.WhyNotWritten(value));
    }

    [Theory]
    [InlineData(FieldType.Number, "12", true)]
    [InlineData(FieldType.Number, "1\r\n", false)]
    [InlineData(FieldType.Bytes, "x", false)]
    public void TryWrite_OtherTypes_AreJudged(FieldType type, string value, bool accepted)
    {
        using HeadSelection selection = Card.Select("X-Card: 1");
        Assert.Equal(accepted ? null : RefusalCode.CannotDecrypt, selection.WhyNotWritten(value, type));
    }

    [Fact]
    public void Select_Response_ReadsItsOwnLines()
    {
        HeadPlan plan = HeadUnderTest.ResponsePlan("header: [X-Card]", "decrypt", "strict: true");
        Assert.Equal("X-Card: T", plan.Rewrite("T", "X-Card: e3.abc"));
        Assert.Equal(new Refusal(502, RefusalCode.NotAToken, "under-test"), plan.Refused("X-Card: 42"));
    }

    [Fact]
    public void TrySelect_SecondOperationUnderAPrefix_Conflicts()
    {
        const string Operations = "request: [{encrypt: {header: [\"X-C*\"]}, role: r}, {decrypt: {header: [X_Card]}, role: r}]";
        Assert.Equal(RuleProblemCode.ConflictingOperations, Assert.Single(RulesUnderTest.TryLoad(RulesUnderTest.File(Operations)).Problems).Code);
    }
}
