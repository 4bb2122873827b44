using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using E3.Relay.Testing;

namespace E3.Relay.EndToEnd.Tests;

/// <summary>XML and files through proxy and engine.</summary>
public sealed partial class DocumentTests(DocumentTests.OwnRules run) : IClassFixture<DocumentTests.OwnRules>
{
    private const string Order = "<?xml version='1.0'?>\n<order id=\"7\"><card number='4242'><cvc>1<![CDATA[2]]>3</cvc></card><note/>é</order>";

    private RelayRun Run => run.Run;

    [Fact]
    public async Task Xml_ThereAndBack_IsStoredAsTokensAndReadAsItWas()
    {
        using HttpResponseMessage posted = await RelayRun.SendAsync(HttpMethod.Post, new Uri(Run.Public, "orders/1"), Order, "application/xml");
        Assert.Equal(HttpStatusCode.Created, posted.StatusCode);
        string stored = await RelayRun.Http.GetStringAsync(new Uri(Run.Echo, "orders/1"));
        Assert.Matches(Stored(), stored);
        // A value comes back as its text: the CDATA section was a way to spell it.
        Assert.Equal(Order.Replace("1<![CDATA[2]]>3", "123", StringComparison.Ordinal), await RelayRun.Http.GetStringAsync(new Uri(Run.Readers, "orders/1")));
    }

    [Fact]
    public async Task Download_OfASealedFileThatWasChanged_Is502AndShowsNoneOfIt()
    {
        byte[] file = new byte[300_000];
        new Random(5).NextBytes(file);
        "MARK OF THE FILE"u8.CopyTo(file);
        byte[] stored = await UploadAsync("whole", file);
        Assert.Equal(-1, stored.AsSpan().IndexOf("MARK OF THE FILE"u8));
        Assert.Equal(file, await RelayRun.Http.GetByteArrayAsync(new Uri(Run.Readers, "files/whole/f")));
        byte[] other = await UploadAsync("other", file);
        byte[] flipped = [.. stored];
        flipped[150_000] ^= 1;
        byte[][] changed =
        [
            stored[..^1], stored[..(stored.Length / 2)], stored[..65_536], stored[..131_072], stored[..100], stored[..8], [.. stored, 0], [.. stored, .. stored], flipped,
            [.. stored[..150_000], .. other[150_000..]], [.. stored[..200], .. stored[65_736..131_272], .. stored[200..65_736], .. stored[131_272..]],
        ];
        for (int i = 0; i < changed.Length; i++)
        {
            using var content = new ByteArrayContent(changed[i]);
            using HttpResponseMessage put = await RelayRun.Http.PutAsync(new Uri(Run.Echo, $"files/changed-{i}"), content);
            using HttpResponseMessage response = await RelayRun.Http.GetAsync(new Uri(Run.Readers, $"files/changed-{i}"));
            string shown = await response.Content.ReadAsStringAsync();
            Assert.True(response.StatusCode == HttpStatusCode.BadGateway, $"change {i}: {response.StatusCode}");
            Assert.Contains("\"code\":\"cannot-decrypt\",\"rule\":\"file-out\"", shown, StringComparison.Ordinal);
        }
    }

    private async Task<byte[]> UploadAsync(string name, byte[] file)
    {
        using var content = new ByteArrayContent(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var upload = new MultipartFormDataContent("boundary") { { content, "f", "f.bin" } };
        upload.Headers.Remove("Content-Type");
        upload.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=boundary");
        using HttpResponseMessage posted = await RelayRun.Http.PostAsync(new Uri(Run.Public, $"files/{name}"), upload);
        Assert.True(posted.StatusCode == HttpStatusCode.Created, await posted.Content.ReadAsStringAsync());
        return await RelayRun.Http.GetByteArrayAsync(new Uri(Run.Echo, $"files/{name}/f"));
    }

    [GeneratedRegex("""^<\?xml version='1\.0'\?>\n<order id="7"><card number='e3\.[A-Za-z0-9_-]+'><cvc>e3\.[A-Za-z0-9_-]+</cvc></card><note/>é</order>$""")]
    private static partial Regex Stored();

    /// <summary>One run with rules for documents.</summary>
    public sealed class OwnRules : IAsyncLifetime
    {
        private const string In = """
            app: shop
            rules:
              - id: order-in
                match: {path: "/orders/*", methods: [POST]}
                request:
                  - {encrypt: {xml: [/order/card/@number, //cvc]}, role: card}
              - id: file-in
                match: {path: "/files/*", methods: [POST]}
                request:
                  - {encrypt: {multipart: [f]}, role: card}
            """;

        private const string Out = """
            app: shop
            rules:
              - id: order-out
                match: {path: "/orders/*", methods: [GET]}
                response:
                  - {decrypt: {xml: [/order/card/@number, //cvc]}, role: card}
              - id: file-out
                match: {path: "/files/**", methods: [GET]}
                response:
                  - {decrypt: {body: true}, role: card, onError: fail}
            """;

        private readonly TempFolder _folder = new();

        internal RelayRun Run { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            string publicRules = _folder.PathOf("in.yaml"), readersRules = _folder.PathOf("out.yaml");
            await File.WriteAllTextAsync(publicRules, In);
            await File.WriteAllTextAsync(readersRules, Out);
            Run = await RelayRun.StartAsync(_folder.PathOf("s"), publicRules: publicRules, readersRules: readersRules, more: new Dictionary<string, string>
            {
                ["Relay__Listeners__public__RequestCaller"] = "all-requests",
                ["Relay__Listeners__readers__ResponseCaller"] = "all-readers",
            });
        }

        public async ValueTask DisposeAsync()
        {
            await Run.DisposeAsync();
            _folder.Dispose();
        }
    }
}
