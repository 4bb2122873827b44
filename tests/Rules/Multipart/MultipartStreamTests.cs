using System.Text;
using E3.Relay.Rules.Tests.Bodies;

namespace E3.Relay.Rules.Tests.Multipart;

/// <summary>A multipart body, or a body that is one file, becomes in parts what it becomes as a whole.</summary>
public sealed class MultipartStreamTests
{
    private const string Type = $"multipart/form-data; boundary={MultipartBodies.Boundary}";

    private static readonly string Encrypt = RulesUnderTest.Encrypt("multipart: [card_number, passport, other]", "required: [card_number]");
    private static readonly string Large = new('x', 1500);

    public static TheoryData<string> Bodies => new(
        MultipartBodies.Body(("Content-Disposition: form-data; name=a", "1"), (MultipartBodies.Field("card_number"), "4242"), (File("passport"), Large), (MultipartBodies.Field("card_number"), "")),
        MultipartBodies.Body((File("passport"), Large + "\r\n--no"), (File("other"), Large), (MultipartBodies.Field("card_number"), Large)),
        MultipartBodies.Body((File("unselected"), Large), (File("passport"), "short"), (MultipartBodies.Field("card_number"), "1")),
        MultipartBodies.Body((File("passport"), new string('x', 1024)), (MultipartBodies.Field("card_number"), "1")),
        MultipartBodies.Body((File("passport"), Large)),
        MultipartBodies.Body((File("passport"), "sealed:" + Large), (MultipartBodies.Field("card_number"), "1")),
        MultipartBodies.Body((File("passport"), Large), (MultipartBodies.Field("card_number"), "1")) + "x",
        MultipartBodies.Body((File("passport"), Large), (MultipartBodies.Field("card_number"), "1"))[..^2],
        MultipartBodies.Body((File("passport"), Large))[..^5],
        MultipartBodies.Body((MultipartBodies.Field("card_number"), "1"), (File("passport", ""), Large)),
        MultipartBodies.Body((MultipartBodies.Field("card_number"), "1"), (File("passport", ""), "")),
        MultipartBodies.Body((MultipartBodies.Field("card_number"), "1"), (File("passport"), "x--" + MultipartBodies.Boundary + Large)),
        MultipartBodies.Body((MultipartBodies.Field("card_number"), "1"), (File("passport"), Large + "\n--" + MultipartBodies.Boundary)));

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Stream_EverySplit_WritesWhatTheWholeWrites(string body) => StreamDriver.AssertEverySplit(Plan(Encrypt), Encoding.Latin1.GetBytes(body));

    [Theory]
    [InlineData("strict: true", true)]
    [InlineData("strict: true", false)]
    [InlineData("", true)]
    [InlineData("", false)]
    public void Stream_FileThatIsOpened_IsOneThatIsSealed(string more, bool isSealed)
    {
        string rules = RulesUnderTest.File($"request: [{{decrypt: {{multipart: [passport]}}, role: card, bind: [\"path:1\"]{(more.Length > 0 ? ", " : "")}{more}}}]");
        string body = MultipartBodies.Body((File("passport"), (isSealed ? "sealed:" : "") + Large), (MultipartBodies.Field("card_number"), "1"));
        StreamDriver.AssertEverySplit(Plan(rules), Encoding.Latin1.GetBytes(body));
    }

    [Fact]
    public void Stream_File_HasTheContextOfItsOperation()
    {
        string rules = RulesUnderTest.Encrypt("multipart: [passport]", "bind: [\"path:1\"]");
        using BodyStream stream = Plan(rules).OpenStream(RuleLimits.Default, FakeTokens.Grammar)!;
        byte[] body = Encoding.Latin1.GetBytes(MultipartBodies.Body((File("passport"), Large)));
        Assert.True(stream.TryRead(body.AsMemory(0, 1_400), false) && stream.IsFull);
        Assert.Null(stream.File);
        Assert.True(stream.TryCut(body.AsMemory(0, stream.Decided), out BodySelection selection, out _));
        selection.Dispose();
        Assert.Equal([0, 0, 0, 1, (byte)'x'], stream.File!.Context.ToArray());
        Assert.Equal($"--{MultipartBodies.Boundary}", Encoding.ASCII.GetString(stream.File.Boundary.Span));
    }

    [Theory]
    [InlineData("application/octet-stream", "sealed:")]
    [InlineData("application/json", "sealed:")]
    [InlineData("application/json", "")]
    [InlineData("application/octet-stream", "")]
    public void Stream_WholeBody_IsAFileOrWhatItsTypeSays(string type, string start)
    {
        string rules = RulesUnderTest.File("""
            response:
              - {decrypt: {body: true}, role: card, bind: ["path:1"]}
              - {redact: {json: [$.a]}}
            """, more: "otherTypes: pass");
        BodyPlan plan = RulesUnderTest.Planned(RulesUnderTest.PlanFor(rules).ForResponse(type, true));
        StreamDriver.AssertEverySplit(plan, Encoding.Latin1.GetBytes($"{start}{{\"a\":1,\"b\":\"{Large}\"}}"));
    }

    [Theory]
    [InlineData("request: [{encrypt: {query: [pan], multipart: [passport]}, role: card}]", "pan", "1")]
    [InlineData("request: [{encrypt: {query: [pan], multipart: [passport]}, role: card}]", "Pan[]", "1")]
    [InlineData("request: [{encrypt: {multipart: [passport]}, role: card, bind: [\"query:id\"]}]", "id", "7")]
    [InlineData("request: [{encrypt: {multipart: [passport]}, role: card}]", "_method", "PUT")]
    public void Stream_FieldThatMayNotComeInAForm_IsRefusedAsInTheWhole(string operations, string field, string value)
    {
        const string OtherMethod = "\n  - {id: put, match: {path: /**, methods: [PUT]}, request: [{encrypt: {json: [$.a]}, role: r}]}";
        string rules = RulesUnderTest.File(operations, "path: /**, methods: [POST]") + OtherMethod;
        foreach (string head in (string[])[MultipartBodies.Field(field), File(field)])
        {
            string body = MultipartBodies.Body((head, value), (File("passport"), Large));
            BodyPlan plan = RulesUnderTest.Planned(RulesUnderTest.PlanFor(rules, "/x?id=7").ForRequest(Type, true));
            Assert.Equal(RefusalCode.AmbiguousForm, plan.Refused(Encoding.Latin1.GetBytes(body)).Code);
            StreamDriver.AssertEverySplit(plan, Encoding.Latin1.GetBytes(body));
        }
    }

    [Fact]
    public void Dispose_Twice_GivesBackOnce()
    {
        BodyPlan plan = RulesUnderTest.Planned(RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("json: [$.a]")).ForRequest("application/json", true));
        BodyStream ended = plan.OpenStream(RuleLimits.Default, FakeTokens.Grammar)!;
        ended.Dispose();
        using BodyStream other = plan.OpenStream(RuleLimits.Default, FakeTokens.Grammar)!;
        Assert.True(other.TryRead("{\"a\":"u8.ToArray(), false));
        ended.Dispose();
        Assert.True(other.TryRead("{\"a\":1}"u8.ToArray(), true));
    }

    [Fact]
    public void Stream_OfAFormThatIsNoFile_IsRefused()
    {
        string rules = RulesUnderTest.File("""
            response:
              - {decrypt: {body: true}, role: card, bind: ["path:1"]}
              - {redact: {form: [a]}}
            """);
        BodyPlan plan = RulesUnderTest.Planned(RulesUnderTest.PlanFor(rules).ForResponse("application/x-www-form-urlencoded", true));
        using BodyStream stream = plan.OpenStream(RuleLimits.Default, FakeTokens.Grammar)!;
        Assert.False(stream.TryRead(Encoding.Latin1.GetBytes(Large), false));
        Assert.Equal(RefusalCode.BodyTooLarge, stream.Refusal?.Code);
    }

    [Fact]
    public void Stream_FieldOverTheLimit_IsRefused()
    {
        using BodyStream stream = Plan(Encrypt).OpenStream(RuleLimits.Default with { BodyBytesMax = 10_000 }, FakeTokens.Grammar)!;
        byte[] body = Encoding.Latin1.GetBytes(MultipartBodies.Body((MultipartBodies.Field("card_number"), new string('x', 11_000))));
        Assert.True(stream.TryRead(body.AsMemory(0, 5_000), false));
        Assert.False(stream.TryRead(body.AsMemory(0, 10_900), false));
        Assert.Equal(RefusalCode.BodyTooLarge, stream.Refusal?.Code);
    }

    private static string File(string name, string fileName = "p.png") => $"Content-Disposition: form-data; name=\"{name}\"; filename=\"{fileName}\"\r\nContent-Type: image/png";

    private static BodyPlan Plan(string file) => RulesUnderTest.Planned(RulesUnderTest.PlanFor(file).ForRequest(Type, true));
}
