using System.Net;
using System.Text;
using E3.Relay.Proxy.Tests.Hosting;

namespace E3.Relay.Proxy.Tests;

public sealed class XmlTests
{
    private const string Rules = """
        app: shop
        namespaces: {s: "http://schemas.xmlsoap.org/soap/envelope/", o: "urn:orders"}
        rules:
          - id: order-in
            match: {path: /soap/**, methods: [POST]}
            otherTypes: pass
            request:
              - encrypt: {xml: [/s:Envelope/s:Body/o:pay/o:number, //o:card/@code]}
                role: card
        """;

    private const string Readers = """
        app: shop
        rules:
          - id: order-out
            match: {path: /orders/**}
            response:
              - decrypt: {xml: [/order/number]}
                role: card
        """;

    private const string Soap = """
        <?xml version="1.0" encoding="utf-8"?>
        <e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/">
          <e:Body><pay xmlns='urn:orders'><number>42<![CDATA[42]]></number><card code="1&amp;2" kind="é"/><note/></pay></e:Body>
        </e:Envelope>

        """;

    private static async Task<HttpResponseMessage> PostAsync(TestRelay relay, byte[] body, string contentType)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return await relay.Client.PostAsync(relay.Uri("public", "/soap/pay"), content);
    }

    [Theory]
    [InlineData("text/xml; charset=utf-8")]
    [InlineData("application/soap+xml; action=\"urn:pay\"")]
    [InlineData("application/xop+xml")]
    public async Task Request_OfSoap_ReachesTheUpstreamWithTokensAndOtherwiseUnchanged(string contentType)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        using HttpResponseMessage response = await PostAsync(relay, Encoding.UTF8.GetBytes(Soap), contentType);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        string arrived = Encoding.UTF8.GetString(Assert.Single(relay.Upstream.Requests).Body);
        string number = Between(arrived, "<number>", "</number>"), code = Between(arrived, "code=\"", "\"");
        Assert.Equal(("4242", "1&2"), (FakeCipher.Plain(number), FakeCipher.Plain(code)));
        Assert.Equal(Soap, arrived.Replace(number, "42<![CDATA[42]]>", StringComparison.Ordinal).Replace(code, "1&amp;2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Response_WithAToken_IsOpenedAndEscapedForItsPlace()
    {
        await using TestRelay relay = await TestRelay.StartAsync(readersRules: Readers);
        relay.Upstream.AnswerWith("application/xml", $"<order><number>{FakeCipher.Token("<admin/>&\"")}</number><x>é</x></order>");
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("readers", "/orders/1"));
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal("<order><number>&lt;admin/&gt;&amp;&#34;</number><x>é</x></order>", Encoding.UTF8.GetString(body));
        Assert.Equal(body.Length, response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Response_ThatIsNotWellFormed_Is502AndShowsNothing()
    {
        await using TestRelay relay = await TestRelay.StartAsync(readersRules: Readers);
        relay.Upstream.AnswerWith("application/xml", $"<order><number>{FakeCipher.Token("C01X00T47")}</number>");
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("readers", "/orders/1"));
        await Answers.AssertProblemAsync(response, 502, "malformed-body", "order-out");
        Assert.Empty(relay.Readers.Groups);
    }

    [Theory]
    [InlineData("<!DOCTYPE o [<!ENTITY n SYSTEM 'file:///etc/hostname'>]><o>&n;</o>", "text/xml", 400, "document-type")]
    [InlineData("<?xml version='1.0' encoding='utf-7'?><o/>", "text/xml", 400, "malformed-body")]
    [InlineData("<?xml version='1.0' encoding='iso-8859-1'?><o/>", "text/xml", 415, "unsupported-charset")]
    [InlineData("<o/>", "text/xml; charset=utf-16", 415, "unsupported-charset")]
    [InlineData("<o/>", "text/xml; charset=utf-7", 415, "unsupported-charset")]
    [InlineData("<o a='1' a='2'/>", "text/xml", 400, "malformed-body")]
    [InlineData("<p:card xmlns:p='urn:orders' p:code='1' q:code='2' xmlns:q='urn:orders'/>", "text/xml", 400, "malformed-body")]
    [InlineData("<Envelope><Body><pay><number>42<!-- -->42</number></pay></Body></Envelope>", "text/xml", 400, "ambiguous-xml")]
    [InlineData("--b\r\nContent-Type: application/xop+xml\r\n\r\n<Envelope/>\r\n--b--", "multipart/related; boundary=b; type=\"application/xop+xml\"; start-info=\"text/xml\"", 415, "malformed-content-type")]
    public async Task Body_ThatReadersReadDifferently_IsRefusedAndNothingGoesUpstream(string body, string contentType, int status, string code)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        using HttpResponseMessage response = await PostAsync(relay, Encoding.UTF8.GetBytes(body), contentType);
        await Answers.AssertProblemAsync(response, status, code, "order-in");
        Assert.Empty(relay.Upstream.Requests);
        Assert.Empty(relay.Requests.Groups);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    public async Task Body_InAnotherEncodingThanItsTypeSays_IsRefused(string encoding)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        Encoding other = Encoding.GetEncoding(encoding);
        using HttpResponseMessage response = await PostAsync(relay, [.. other.Preamble, .. other.GetBytes(Soap)], "text/xml; charset=utf-8");
        await Answers.AssertProblemAsync(response, 400, "malformed-text", "order-in");
        Assert.Empty(relay.Upstream.Requests);
    }

    private static string Between(string text, string before, string after)
    {
        int start = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
        return text[start..text.IndexOf(after, start, StringComparison.Ordinal)];
    }
}
