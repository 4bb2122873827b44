using System.Net;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Pipeline;
using E3.Relay.Proxy.Tests.Hosting;
using E3.Relay.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace E3.Relay.Proxy.Tests;

/// <summary>Many requests at the same time, some of which go wrong in every way: what one of them holds is never seen in another, and memory goes back once.</summary>
[Collection(Alone.Name)]
public sealed class ManyRequestsTests
{
    private const string Rules = """
        app: shop
        rules:
          - id: in-and-out
            match: {path: /echo/*, methods: [POST]}
            request:
              - encrypt:
                  json: ["$..secret"]
                  query: [pan]
                  header: [X-Card]
                  path: {segment: 2}
                role: card
            response:
              - decrypt: {json: ["$..secret"], header: [X-Card]}
                role: card
          - id: draft
            mode: observe
            until: 2099-12-31
            match: {path: /echo/**}
            request:
              - encrypt: {json: ["$..other"]}
                role: card
            response:
              - mask: {json: ["$..other"], last: 4}
                role: card
        """;

    [Fact]
    public async Task Requests_SomeOfWhichFailOrEndEarly_NeverSeeEachOther()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules, settings: new Dictionary<string, string?> { ["Relay:Enclave:CallTimeoutMs"] = "50" });
        relay.Upstream.Answer = EchoAsync;
        relay.Requests.Before = relay.Masked.Before = DawdleAsync;
        int[] served = new int[3];
        Task[] clients = [.. Enumerable.Range(0, 16).Select(client => RunClientAsync(relay, client, served))];
        Task all = Task.WhenAll(clients);
        for (int i = 0; !all.IsCompleted; i++)
        {
            await File.WriteAllTextAsync(relay.Folder.PathOf("public.yaml"), $"{Rules}\n# {i}\n");
            await Task.WhenAny(all, Task.Delay(600));
        }

        await all;
        Assert.All(served, count => Assert.True(count > 0, string.Join(' ', served)));
        Assert.All(relay.Upstream.Requests, request => Assert.DoesNotContain("plain-", request.RawTarget + request.Header("X-Card") + request.Text, StringComparison.Ordinal));
        Assert.DoesNotContain(relay.Log.Lines, line => line.Contains("plain-", StringComparison.Ordinal));
        var budget = relay.Services.GetRequiredService<BufferBudget>();
        await TimeBound.UntilAsync(() => budget.Held == 0, "all memory is given back");
    }

    private static async Task RunClientAsync(TestRelay relay, int client, int[] served)
    {
        var random = new Random(client);
        for (int i = 0; i < 80; i++)
        {
            string own = $"plain-{client}-{i}-";
            string body = Body(own, random);
            using var request = new HttpRequestMessage(HttpMethod.Post, relay.Uri("public", $"/echo/{own}p?pan={own}q&fail={random.Next(12)}"));
            request.Headers.Add("X-Card", own + "h");
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.Add("Content-Type", "application/json");
            if (random.Next(2) == 0)
                request.Headers.TransferEncodingChunked = true;
            using var abort = new CancellationTokenSource();
            if (random.Next(8) == 0)
                abort.CancelAfter(random.Next(40));
            try
            {
                using HttpResponseMessage response = await relay.Client.SendAsync(request, abort.Token);
                string text = await response.Content.ReadAsStringAsync(abort.Token);
                bool good = response.StatusCode == HttpStatusCode.OK;
                Assert.True(good ? text == body : !text.Contains("plain-", StringComparison.Ordinal), $"{(int)response.StatusCode} to {own}");
                Assert.Equal(good ? [own + "h"] : [], response.Headers.TryGetValues("X-Card", out IEnumerable<string>? cards) ? cards : []);
                Assert.Equal(good, response.Headers.Contains("Set-Cookie"));
                Interlocked.Increment(ref served[good ? 0 : 1]);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                Interlocked.Increment(ref served[2]);
            }
        }
    }

    private static string Body(string own, Random random)
    {
        var body = new StringBuilder("[");
        int fields = random.Next(10) == 0 ? 400 : random.Next(1, 12);
        for (int i = 0; i < fields; i++)
            body.Append(i == 0 ? "" : ",").Append($$"""{"secret":"{{own}}{{i}}{{new string('x', random.Next(200))}}","other" : {{i}}}""");
        return body.Append(']').ToString();
    }

    private static async Task DawdleAsync(CancellationToken cancellationToken)
    {
        switch (Random.Shared.Next(20))
        {
            case 0:
                await Task.Delay(Timeout.Infinite, cancellationToken);
                break;
            case 1:
                throw new CipherException(ErrorCode.None);
            case < 8:
                await Task.Delay(Random.Shared.Next(5), cancellationToken);
                break;
            default:
                await Task.Yield();
                break;
        }
    }

    // Besides echoing, it answers by half, with a type that no rule knows, with what is no token, or not at all, always with headers that must not survive that.
    private static async Task EchoAsync(HttpContext context)
    {
        RecordedRequest request = context.Features.GetRequiredFeature<RecordedRequest>();
        string fail = request.RawTarget[(request.RawTarget.IndexOf("fail=", StringComparison.Ordinal) + 5)..];
        context.Response.Headers["X-Card"] = request.Header("X-Card");
        context.Response.Headers.SetCookie = "session=of-the-upstream";
        context.Response.ContentType = fail == "1" ? "application/x-other" : "application/json";
        if (fail != "2")
            context.Response.ContentLength = request.Body.Length;
        int half = fail is "3" or "4" ? request.Body.Length / 2 : request.Body.Length;
        await context.Response.Body.WriteAsync(request.Body.AsMemory(0, half));
        if (fail == "3")
            context.Abort();
        if (fail == "4")
            await Task.Delay(5);
    }
}
