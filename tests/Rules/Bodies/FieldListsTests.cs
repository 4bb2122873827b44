using System.Text;

namespace E3.Relay.Rules.Tests.Bodies;

/// <summary>Bodies with many fields take lists that all plans share: none sees another's fields.</summary>
public sealed class FieldListsTests
{
    private static readonly BodyPlan Cards = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [\"$[*]\"]"));

    [Theory]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(9000)]
    public void Select_AnyNumberOfFields_FindsThemInOrderAgainAndAgain(int count)
    {
        string[] values = [.. Enumerable.Range(0, count).Select(static i => $"v{i}")];
        for (int round = 0; round < 3; round++)
        {
            Assert.Equal(values, Cards.Values(Body(values)));
            Assert.Equal(["x"], Cards.Values("""["x"]"""));
        }
    }

    [Fact]
    public async Task Select_ManyBodiesAtOnce_SeesItsOwnFieldsAlone() => await Task.WhenAll(Enumerable.Range(0, 12).Select(body => Task.Run(() =>
    {
        string[] values = [.. Enumerable.Range(0, 1500 + body).Select(i => $"{body}-{i}")];
        for (int round = 0; round < 20; round++)
            Assert.Equal(values, Cards.Values(Body(values)));
    })));

    private static string Body(string[] values) => new StringBuilder("[").AppendJoin(',', values.Select(static value => $"\"{value}\"")).Append(']').ToString();
}
