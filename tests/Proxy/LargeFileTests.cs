using System.Net;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Pipeline;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace E3.Relay.Proxy.Tests;

/// <summary>Files over the limit on bodies are sealed and opened while they pass.</summary>
public sealed class LargeFileTests
{
    private const string Boundary = "----boundary-of-the-test";

    private const string Rules = """
        app: shop
        rules:
          - id: file-in
            match: {path: /in/**, methods: [POST]}
            large: stream
            request:
              - encrypt: {multipart: [passport, number]}
                role: card
                bind: ["path:2"]
          - id: opened
            match: {path: /opened/**, methods: [POST]}
            large: stream
            request:
              - decrypt: {multipart: [passport]}
                role: card
                bind: ["path:2"]
          - id: out
            match: {path: /out/**}
            large: stream
            response:
              - decrypt: {body: true}
                role: card
                bind: ["path:2"]
                for: {scope: cards.read}
          - id: all
            match: {path: /all/**}
            large: stream
            response:
              - decrypt: {body: true}
                role: card
        """;

    private static readonly byte[] File = [.. Enumerable.Range(0, 1_000_000).Select(i => (byte)(i * 7 % 251))];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Upload_OverTheLimit_ReachesTheUpstreamSealedAndOtherwiseUnchanged(bool declared)
    {
        await using TestRelay relay = await StartAsync();
        byte[] sent = Upload(File, File);
        using HttpResponseMessage response = await PostAsync(relay, "/in/x", sent, declared);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        RecordedRequest received = Assert.Single(relay.Upstream.Requests);
        byte[] context = [0, 0, 0, 1, (byte)'x'];
        string sealedFile = Encoding.Latin1.GetString(await SealAsync(File, context));
        string expected = Encoding.Latin1.GetString(sent).Replace("4242", FakeCipher.Token("4242", context: context), StringComparison.Ordinal).Replace(Encoding.Latin1.GetString(File), sealedFile, StringComparison.Ordinal);
        Assert.Equal(expected, Encoding.Latin1.GetString(received.Body));
        Assert.Equal("chunked", received.Header("Transfer-Encoding"));
        Assert.Matches("e3_relay_fields_total\\{[^}]*outcome=\"encrypted\",rule=\"file-in\"[^}]*\\} 3", await relay.MetricsAsync());
        await AssertNothingHeldAsync(relay);
    }

    [Fact]
    public async Task Upload_OfASealedFile_IsOpened()
    {
        await using TestRelay relay = await StartAsync();
        byte[] sealedFile = await SealAsync(File, [0, 0, 0, 1, (byte)'x']);
        using HttpResponseMessage response = await PostAsync(relay, "/opened/x", Upload(sealedFile, "short"u8.ToArray()));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(Assert.Single(relay.Upstream.Requests).Body.AsSpan().IndexOf(File) > 0);
    }

    [Fact]
    public async Task Upload_WhoseFileHoldsTheBoundaryWhenItIsOpened_IsCutOff()
    {
        byte[] file = [.. File];
        Encoding.ASCII.GetBytes($"\r\n--{Boundary}\r\nContent-Disposition: form-data; name=\"admin\"\r\n\r\n1").CopyTo(file, 600_000);
        await AssertCutAsync("/opened/x", Upload(await SealAsync(file, [0, 0, 0, 1, (byte)'x']), [1]), "ambiguous-multipart", 400, upstream =>
        {
            Assert.DoesNotContain("admin", upstream.Text, StringComparison.Ordinal);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Upload_OfAFileThatDoesNotOpen_IsRefusedAndNothingIsSent()
    {
        await using TestRelay relay = await StartAsync();
        using HttpResponseMessage response = await PostAsync(relay, "/opened/x", Upload(await SealAsync(File, [1]), [1]));
        await Answers.AssertProblemAsync(response, 422, "cannot-decrypt");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Fact]
    public async Task Upload_OfAFileThatIsSealedAlready_IsRefused()
    {
        await using TestRelay relay = await StartAsync();
        using HttpResponseMessage response = await PostAsync(relay, "/in/x", Upload(await SealAsync(File, [1]), [1]));
        await Answers.AssertProblemAsync(response, 422, "token-not-accepted");
        Assert.Equal(0, relay.Upstream.Arrived);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData(900_000)]
    public async Task Upload_WhoseEngineFails_IsCutOffOrNotSent(int after)
    {
        int passed = 0;
        await AssertCutAsync(
            "/in/x",
            Upload(File, [1]),
            "engine-unavailable",
            503,
            upstream =>
            {
                Assert.DoesNotContain(Encoding.Latin1.GetString(File.AsSpan(0, 64)), upstream.Text, StringComparison.Ordinal);
                return Task.CompletedTask;
            },
            relay => relay.Requests.BeforePiece = length => (passed += length) > after ? throw new CipherException(ErrorCode.None) : Task.CompletedTask);
    }

    [Theory]
    [InlineData("--\r\n", "--\r\nx", "ambiguous-multipart")]
    [InlineData("--\r\n", "", "malformed-body")]
    [InlineData("\r\n--" + Boundary + "--\r\n", "\n--" + Boundary + "--\r\n", "ambiguous-multipart")]
    public async Task Upload_WithSomethingWrongAtItsEnd_IsCutOff(string end, string wrong, string code)
    {
        string text = Encoding.Latin1.GetString(Upload(File, File));
        Assert.EndsWith(end, text, StringComparison.Ordinal);
        await AssertCutAsync("/in/x", Encoding.Latin1.GetBytes(text[..^end.Length] + wrong), code, 400, upstream =>
        {
            Assert.DoesNotContain(Boundary + "--", upstream.Text, StringComparison.Ordinal);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Upload_WhoseClientGoesAwayInTheFile_IsCutOff()
    {
        await using var upstream = new CutUpstream();
        await using TestRelay relay = await StartAsync(upstream.Address);
        byte[] body = Upload(File, File);
        using (RawHttpConnection connection = await RawHttpConnection.ConnectAsync(relay.PublicPort))
        {
            await connection.SendAsync($"POST /in/x HTTP/1.1\r\nHost: shop\r\nContent-Type: multipart/form-data; boundary={Boundary}\r\nContent-Length: {body.Length}\r\n\r\n");
            await connection.SendAsync(body.AsMemory(0, 700_000));
            await TimeBound.UntilAsync(() => upstream.Bytes > 100_000, "something was forwarded");
            connection.Reset();
        }

        Assert.False(await upstream.EndAsync());
        await TimeBound.UntilAsync(() => relay.Outcomes.Contains("aborted"), "the request is counted as aborted");
        await AssertNothingHeldAsync(relay);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Download_OverTheLimit_IsTheFile(bool declared)
    {
        await using TestRelay relay = await StartAsync();
        byte[] sealedFile = await SealAsync(File, default);
        relay.Upstream.Answer = context => AnswerAsync(context, "image/png", sealedFile, declared);
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/all/x"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("image/png", response.Content.Headers.ContentType?.ToString());
        Assert.True(response.Headers.TransferEncodingChunked);
        Assert.Equal(File, await response.Content.ReadAsByteArrayAsync());
        await AssertNothingHeldAsync(relay);
    }

    [Theory]
    [InlineData("image/png")]
    [InlineData("application/json")]
    public async Task Download_OfWhatIsNoSealedFile_PassesAsItCame(string type)
    {
        await using TestRelay relay = await StartAsync();
        relay.Upstream.Answer = context => AnswerAsync(context, type, File, true);
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/all/x"));
        Assert.Equal(File, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Download_ForACallerWhoMayNot_IsTheSealedFile()
    {
        await using TestRelay relay = await StartAsync();
        byte[] sealedFile = await SealAsync(File, [0, 0, 0, 1, (byte)'x']);
        relay.Upstream.Answer = context => AnswerAsync(context, "image/png", sealedFile, true);
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/out/x"));
        Assert.Equal(sealedFile, await response.Content.ReadAsByteArrayAsync());
        Assert.Empty(relay.Masked.Groups);
    }

    [Fact]
    public async Task Download_ThatDoesNotOpen_IsAnError()
    {
        await using TestRelay relay = await StartAsync();
        byte[] sealedFile = await SealAsync(File, [1]);
        relay.Upstream.Answer = context => AnswerAsync(context, "image/png", sealedFile, true);
        using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/all/x"));
        await Answers.AssertProblemAsync(response, 502, "cannot-decrypt");
    }

    [Fact]
    public async Task Download_WhoseEngineFails_IsCutOff()
    {
        await using TestRelay relay = await StartAsync();
        int passed = 0;
        relay.Masked.BeforePiece = length => (passed += length) > 500_000 ? throw new CipherException(ErrorCode.TokenRejected) : Task.CompletedTask;
        byte[] sealedFile = await SealAsync(File, default);
        relay.Upstream.Answer = context => AnswerAsync(context, "image/png", sealedFile, true);
        RawHttpResponse response = await relay.SendRawAsync("GET /all/x HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        Assert.Equal((200, false), (response.Status, response.Complete));
        await TimeBound.UntilAsync(() => relay.Outcomes.Contains("failed"), "the request is counted as failed");
        Assert.Contains(relay.Log.Lines, line => line.Contains("refused a response: cannot-decrypt", StringComparison.Ordinal));
        await AssertNothingHeldAsync(relay);
    }

    private static async Task AssertCutAsync(string path, byte[] body, string code, int status, Func<CutUpstream, Task> judge, Action<TestRelay>? prepare = null)
    {
        await using var upstream = new CutUpstream();
        await using TestRelay relay = await StartAsync(upstream.Address);
        prepare?.Invoke(relay);
        using HttpResponseMessage response = await PostAsync(relay, path, body);
        await Answers.AssertProblemAsync(response, status, code);
        if (upstream.Bytes > 0)
            Assert.False(await upstream.EndAsync());
        await judge(upstream);
        await AssertNothingHeldAsync(relay);
    }

    private static Task AssertNothingHeldAsync(TestRelay relay)
    {
        var budget = relay.Services.GetRequiredService<BufferBudget>();
        return TimeBound.UntilAsync(() => budget.Held == 0, "nothing is held any more");
    }

    private static Task<TestRelay> StartAsync(string? upstream = null)
    {
        Dictionary<string, string?> settings = new() { ["Relay:Limits:BodyBytesMax"] = "65536" };
        if (upstream is not null)
            settings["ReverseProxy:Clusters:upstream:Destinations:one:Address"] = upstream;
        return TestRelay.StartAsync(Rules, settings: settings);
    }

    private static async Task<byte[]> SealAsync(byte[] file, byte[]? context)
    {
        var group = new TransformGroup { Operation = TransformOperation.Encrypt, App = "shop", Role = "card", Context = context ?? default(ReadOnlyMemory<byte>) };
        return (await new FakeCipher().TransformFileAsync(group, file, CancellationToken.None)).Value.ToArray();
    }

    private static byte[] Upload(byte[] first, byte[] second)
    {
        string field = $"--{Boundary}\r\nContent-Disposition: form-data; name=\"number\"\r\n\r\n4242\r\n--{Boundary}\r\n";
        string file = "Content-Disposition: form-data; name=\"passport\"; filename=\"p.png\"\r\nContent-Type: image/png\r\n\r\n";
        return
        [
            .. Encoding.ASCII.GetBytes(field + file), .. first, .. Encoding.ASCII.GetBytes($"\r\n--{Boundary}\r\n{file}"), .. second, .. Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n"),
        ];
    }

    private static async Task<HttpResponseMessage> PostAsync(TestRelay relay, string path, byte[] body, bool declared = true)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, relay.Uri("public", path)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", $"multipart/form-data; boundary={Boundary}");
        request.Headers.TransferEncodingChunked = !declared;
        request.Headers.ExpectContinue = true;
        return await relay.Client.SendAsync(request);
    }

    private static async Task AnswerAsync(HttpContext context, string type, byte[] body, bool declared)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = declared ? body.Length : null;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
