using System.Net;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Proxy.Tests.Hosting;

namespace E3.Relay.Proxy.Tests;

public sealed class MultipartTests
{
    private const string Rules = """
        app: shop
        rules:
          - id: document-in
            match: {path: /documents/**, methods: [POST]}
            request:
              - encrypt: {multipart: [passport, passport_number]}
                role: card
                bind: ["path:2"]
        """;

    private const string Readers = """
        app: shop
        rules:
          - id: document-out
            match: {path: /documents/**}
            response:
              - decrypt: {body: true}
                role: card
          - id: forgiving
            match: {path: /forgiving/**}
            response:
              - decrypt: {body: true}
                role: card
                onError: leave
          - id: stored
            match: {path: /stored/**}
            response:
              - decrypt: {multipart: [passport, passport_number]}
                role: card
        """;

    private static readonly byte[] Image = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0xFF, (byte)'-', (byte)'-'];

    private static MultipartFormDataContent Upload()
    {
        var file = new ByteArrayContent(Image);
        file.Headers.TryAddWithoutValidation("Content-Type", "image/png");
        return new MultipartFormDataContent("----boundary") { { new StringContent("Ada"), "name" }, { new StringContent("C01X00T47"), "passport_number" }, { file, "passport", "p.png" } };
    }

    [Fact]
    public async Task Upload_WithAFileAndAField_ReachesTheUpstreamSealedAndOtherwiseUnchanged()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        using MultipartFormDataContent upload = Upload();
        upload.Headers.ContentType!.Parameters.Single().Value = "----boundary";
        using HttpResponseMessage response = await relay.Client.PostAsync(relay.Uri("public", "/documents/42"), upload);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        RecordedRequest seen = Assert.Single(relay.Upstream.Requests);
        string sent = Encoding.Latin1.GetString(await upload.ReadAsByteArrayAsync()), arrived = Encoding.Latin1.GetString(seen.Body);
        int value = arrived.IndexOf("e3.", StringComparison.Ordinal), file = arrived.IndexOf("\x89" + "e3.", StringComparison.Ordinal);
        string token = arrived[value..arrived.IndexOf("\r\n", value, StringComparison.Ordinal)], sealedFile = arrived[file..arrived.LastIndexOf("\r\n------boundary--", StringComparison.Ordinal)];
        Assert.Equal("C01X00T47", FakeCipher.Plain(token));
        Assert.Equal(sent, arrived.Replace(token, "C01X00T47", StringComparison.Ordinal).Replace(sealedFile, Encoding.Latin1.GetString(Image), StringComparison.Ordinal));
        Assert.Equal(["card", "card"], relay.Requests.Groups.Select(group => group.Role));
        Assert.All(relay.Requests.Groups, group => Assert.Equal([0, 0, 0, 2, (byte)'4', (byte)'2'], group.Context.ToArray()));
        Assert.Matches("e3_relay_fields_total\\{[^}]*outcome=\"encrypted\"[^}]*\\} 2", await relay.MetricsAsync());
    }

    [Fact]
    public async Task Download_OfASealedFile_IsTheFileWithItsLength()
    {
        await using TestRelay relay = await TestRelay.StartAsync(readersRules: Readers);
        Answer(relay, "image/png", FakeCipher.SealedFile(Image));
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("readers", "/documents/42/passport"));
        Assert.Equal(Image, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(Image.Length, response.Content.Headers.ContentLength);
        Assert.Equal("image/png", response.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task Download_OfAnotherFile_StaysAsItIs()
    {
        await using TestRelay relay = await TestRelay.StartAsync(readersRules: Readers);
        Answer(relay, "image/png", Image);
        Assert.Equal(Image, await relay.Client.GetByteArrayAsync(relay.Uri("readers", "/documents/42/passport")));
        Assert.Empty(relay.Readers.Groups);
    }

    [Fact]
    public async Task Download_OfAFileThatDoesNotOpen_Is502OrStaysAsTheRuleSays()
    {
        await using TestRelay relay = await TestRelay.StartAsync(readersRules: Readers);
        byte[] foreign = FakeCipher.SealedFile(Image, app: "other");
        Answer(relay, "image/png", foreign);
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("readers", "/documents/42"));
        await Answers.AssertProblemAsync(response, 502, "cannot-decrypt", "document-out");
        Assert.Equal(foreign, await relay.Client.GetByteArrayAsync(relay.Uri("readers", "/forgiving/42")));
        Assert.Matches("e3_relay_fields_total\\{[^}]*outcome=\"unopenable\"[^}]*\\} 1", await relay.MetricsAsync());
    }

    [Fact]
    public async Task Stored_Multipart_IsOpenedPartByPart()
    {
        await using TestRelay relay = await TestRelay.StartAsync(readersRules: Readers);
        byte[] Body(byte[] field, byte[] file) =>
        [
            .. "--b\r\nContent-Disposition: form-data; name=\"passport_number\"\r\n\r\n"u8, .. field,
            .. "\r\n--b\r\nContent-Disposition: form-data; name=passport; filename=p\r\n\r\n"u8, .. file, .. "\r\n--b--"u8,
        ];
        Answer(relay, "multipart/form-data; boundary=b", Body(Encoding.ASCII.GetBytes(FakeCipher.Token("C01X00T47")), FakeCipher.SealedFile(Image)));
        Assert.Equal(Body([.. "C01X00T47"u8], Image), await relay.Client.GetByteArrayAsync(relay.Uri("readers", "/stored/1")));
    }

    [Theory]
    [InlineData(ErrorCode.None, 503, "engine-unavailable")]
    [InlineData(ErrorCode.OperationNotGranted, 403, "not-granted")]
    public async Task Upload_WhenTheEngineFails_IsRefusedAndNothingGoesUpstream(ErrorCode code, int status, string name)
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        relay.Requests.Before = _ => throw new Ciphers.CipherException(code);
        using var upload = new MultipartFormDataContent("b") { { new ByteArrayContent(Image), "passport", "p" } };
        upload.Headers.ContentType!.Parameters.Single().Value = "b";
        using HttpResponseMessage response = await relay.Client.PostAsync(relay.Uri("public", "/documents/42"), upload);
        await Answers.AssertProblemAsync(response, status, name);
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task Upload_OfASealedFile_Is422()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        using var upload = new MultipartFormDataContent("b") { { new ByteArrayContent(FakeCipher.SealedFile(Image)), "passport", "p" } };
        using HttpResponseMessage response = await relay.Client.PostAsync(relay.Uri("public", "/documents/42"), upload);
        await Answers.AssertProblemAsync(response, 422, "token-not-accepted", "document-in");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    private static void Answer(TestRelay relay, string contentType, byte[] body) => relay.Upstream.Answer = async context =>
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body);
    };
}
