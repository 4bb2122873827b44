using System.Text;

namespace E3.Relay.Rules.Tests.Bodies;

/// <summary><c>whole: true</c>: one value of a whole object or array.</summary>
public sealed class WholeTests
{
    private static BodyPlan Plan(string selectors, string more = "") => RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt($"json: [{selectors}]", "whole: true\n" + more));

    [Theory]
    [InlineData("$.a", """{"a": { "x" : 1.10, "y":[ ] } ,"b":1}""", """{ "x" : 1.10, "y":[ ] }""")]
    [InlineData("$.a", """{"a":[1,[2]],"b":1}""", "[1,[2]]")]
    [InlineData("$.a", """{"a":{},"b":1}""", "{}")]
    [InlineData("$", """ [ {"a":"}"}, "]" ] """, """[ {"a":"}"}, "]" ]""")]
    [InlineData("$.a", """{"a":"text"}""", "text")]
    [InlineData("$..a", """{"a":{"a":{"a":1}},"b":[{"a":[2]}]}""", """{"a":{"a":1}}""", "[2]")]
    [InlineData("'$.*'", """{"a":{"x":1},"b":null,"c":[3],"d":4}""", """{"x":1}""", "[3]", "4")]
    public void Select_ObjectOrArray_IsItsBytes(string selector, string body, params string[] values)
    {
        BodyPlan plan = Plan(selector);
        Assert.Equal(values, plan.Values(body));
        string rewritten = plan.Rewrite(body, "T");
        Assert.Equal(values.Aggregate(body, (text, value) => Replace(text, value)), rewritten);
    }

    private static string Replace(string text, string value)
    {
        string spelled = value is [not ('{' or '['), ..] && !char.IsAsciiDigit(value[0]) ? $"\"{value}\"" : value;
        int at = text.IndexOf(spelled, StringComparison.Ordinal);
        return $"{text[..at]}\"T\"{text[(at + spelled.Length)..]}";
    }

    [Fact]
    public void Select_TypesOfWholeValues_AreTheirs()
    {
        using BodySelection selection = Plan("'$.*'").Select("""{"a":{},"b":[],"c":1,"d":true,"e":"x"}""");
        Assert.Equal([FieldType.Object, FieldType.Array, FieldType.Number, FieldType.Boolean, FieldType.String], selection.Fields.Select(field => field.Type));
    }

    [Fact]
    public void Select_BoundValueInsideOfAWholeOne_IsFound()
    {
        BodyPlan plan = Plan("$.a", "bind: ['json:$.a.id']");
        using BodySelection selection = plan.Select("""{"a":{"id":7,"x":1}}""");
        Assert.Equal("\0\0\0\u00017", Encoding.UTF8.GetString(selection.Context(0).Span));
        Assert.Single(selection.Fields);
    }

    [Fact]
    public void TrySelect_OtherOperationInsideOfAWholeValue_IsRefused()
    {
        string file = RulesUnderTest.File("request: [{encrypt: {json: [$.a.b]}, role: r, whole: true}, {hash: {json: ['$..c']}, role: r}]");
        BodyPlan plan = RulesUnderTest.JsonPlan(file);
        Assert.Equal(RefusalCode.ConflictingOperations, plan.Refused("""{"a":{"b":{"x":[{"c":1}]}}}""").Code);
        Assert.Equal(["{\"x\":1}", "2"], plan.Values("""{"a":{"b":{"x":1}},"c":2}"""));
    }

    [Fact]
    public void TrySelect_MalformedInsideOfAWholeValue_IsRefused()
    {
        Assert.Equal(RefusalCode.MalformedBody, Plan("$.a").Refused("""{"a":{"b":tru}}""").Code);
        Assert.Equal(RefusalCode.TooDeep, Plan("$.a").Refused("{\"a\":" + new string('[', 64) + new string(']', 64) + "}").Code);
    }

    [Fact]
    public void Write_ADecryptedObject_IsParsedUnderTheLimitsOfItsPlace()
    {
        BodyPlan plan = RulesUnderTest.JsonResponsePlan(RulesUnderTest.File("response: [{decrypt: {json: [$.a.b]}, role: r}]"));
        using BodySelection selection = plan.Select("""{"a":{"b":"e3.token"}}""");
        string deepest = string.Concat(Enumerable.Repeat("[", 62)) + string.Concat(Enumerable.Repeat("]", 62));
        Assert.Equal("{\"a\":{\"b\":" + deepest + "}}", selection.Write(_ => RulesUnderTest.Replacement(deepest, FieldType.Array)));
        Assert.Equal(new Refusal(502, RefusalCode.CannotDecrypt, "under-test"), selection.RefusedToWrite(_ => RulesUnderTest.Replacement($"[{deepest}]", FieldType.Array)));
        Assert.Equal(RefusalCode.CannotDecrypt, selection.RefusedToWrite(_ => RulesUnderTest.Replacement("{}", FieldType.Array)).Code);
    }
}
