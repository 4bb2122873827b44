using System.Text;

namespace E3.Relay.Rules.Tests.Bodies;

/// <summary>Bodies that are in another charset than the one they are read in, without saying so.</summary>
public sealed class CharsetTests
{
    private static readonly (string Selector, string ContentType, string Body)[] Kinds =
    [
        ("json: [$.a]", "application/json", "{\"a\":\"é4242\"}"),
        ("json: [$.a]", "application/x-ndjson", "{\"a\":\"é4242\"}\n"),
        ("form: [a]", "application/x-www-form-urlencoded", "a=é4242"),
        ("xml: [/a]", "application/xml", "<a>é4242</a>"),
        ("text: ['(?<value>\\d+)']", "text/plain", "é4242"),
        ("text: ['(?<value>\\d+)']", "text/csv", "é4242,1\n"),
    ];

    public static TheoryData<string, string> Charsets =>
        [.. Kinds.SelectMany(kind => new[] { "utf-16", "utf-16BE", "utf-32", "utf-32BE", "iso-8859-1", "windows-1252", "IBM037", "shift_jis", "gb18030" }.Select(charset => (kind.ContentType, charset)))];

    public static TheoryData<string> Types => [.. Kinds.Select(kind => kind.ContentType)];

    [Theory]
    [MemberData(nameof(Charsets))]
    public void TrySelect_BodyInAnotherCharset_IsRefused(string contentType, string charset)
    {
        (string selector, _, string body) = Kinds.First(kind => kind.ContentType == contentType);
        BodyPlan plan = RulesUnderTest.Planned(RulesUnderTest.PlanFor(RulesUnderTest.Encrypt(selector)).ForRequest(contentType, true));
        Encoding encoding = CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? Encoding.GetEncoding(charset);
        // Not every charset has the letter.
        byte[] bytes = encoding.GetBytes(charset == "shift_jis" ? body.Replace('é', 'あ') : body);
        Assert.Equal(400, plan.Refused(bytes).Status);
        if (!encoding.Preamble.IsEmpty)
            Assert.Equal(400, plan.Refused((byte[])[.. encoding.Preamble, .. bytes]).Status);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void TrySelect_PlainBodyInUnitsOfSeveralBytes_IsRefused(string contentType)
    {
        (string selector, _, string body) = Kinds.First(kind => kind.ContentType == contentType);
        BodyPlan plan = RulesUnderTest.Planned(RulesUnderTest.PlanFor(RulesUnderTest.Encrypt(selector)).ForRequest(contentType, true));
        string plain = body.Replace("é", "", StringComparison.Ordinal);
        foreach (Encoding encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32, new UTF32Encoding(true, true)])
        {
            Assert.Equal(400, plan.Refused(encoding.GetBytes(plain)).Status);
            Assert.Equal(400, plan.Refused((byte[])[.. encoding.Preamble, .. encoding.GetBytes(plain)]).Status);
        }
    }

    [Theory]
    [InlineData("application/json", false)]
    [InlineData("application/x-ndjson", false)]
    [InlineData("application/x-www-form-urlencoded", false)]
    [InlineData("application/xml", true)]
    [InlineData("text/plain", true)]
    [InlineData("text/csv", true)]
    public void TrySelect_ByteOrderMarkOfUtf8_HidesNothing(string contentType, bool isRead)
    {
        (string selector, _, string body) = Kinds.First(kind => kind.ContentType == contentType);
        BodyPlan plan = RulesUnderTest.Planned(RulesUnderTest.PlanFor(RulesUnderTest.Encrypt(selector)).ForRequest(contentType, true));
        if (isRead)
            Assert.Single(plan.Values("\uFEFF" + body.Replace(",1", "", StringComparison.Ordinal)));
        else
            Assert.Equal(400, plan.Refused("\uFEFF" + body).Status);
    }
}
