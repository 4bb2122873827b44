using System.Diagnostics;
using System.Net;
using System.Text;
using E3.Relay.Proxy.Pipeline;
using E3.Relay.Proxy.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace E3.Relay.Proxy.Tests;

/// <summary>A body of 64 MiB takes no more memory than one of 2 MiB. Nothing else may run meanwhile.</summary>
[Collection(Alone.Name)]
public sealed class LargeMemoryTests
{
    private const int Mebibyte = 1 << 20;
    private const int BodyBytes = 64 * Mebibyte;
    private const int HeldBytesMax = 8 * Mebibyte;
    private const int GrowthBytesMax = 24 * Mebibyte;
    private const string Boundary = "boundary";

    private const string Rules = """
        app: shop
        rules:
          - id: in
            match: {path: /in/**, methods: [POST]}
            large: stream
            request:
              - encrypt: {json: ["$..number"], multipart: [file]}
                role: card
          - id: out
            match: {path: /out/**}
            large: stream
            response:
              - mask: {json: ["$..number"]}
                role: card
        """;

    [Theory]
    [InlineData("application/x-ndjson", "", "{\"id\":12345,\"number\":\"4242424242424242\",\"text\":\"@\"}\n", "")]
    [InlineData("application/json", "[", "{\"id\":12345,\"number\":\"4242424242424242\",\"text\":\"@\"},", "0]")]
    [InlineData($"multipart/form-data; boundary={Boundary}", $"--{Boundary}\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\n", "@\r\n", $"\r\n--{Boundary}--")]
    public async Task Request_Of64MiB_PassesInBoundedMemory(string type, string start, string repeated, string end)
    {
        await using var upstream = new CutUpstream();
        Dictionary<string, string?> settings = new() { ["ReverseProxy:Clusters:upstream:Destinations:one:Address"] = upstream.Address };
        await using TestRelay relay = await TestRelay.StartAsync(Rules, settings: settings);
        relay.Requests.Keeps = false;
        await AssertBoundedAsync(relay, async () =>
        {
            using var content = new EndlessContent(Pieces(start, repeated, end));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            using HttpResponseMessage response = await relay.Client.PostAsync(relay.Uri("public", "/in/x"), content);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        });
        Assert.True(await upstream.EndAsync());
        Assert.InRange(upstream.Bytes, BodyBytes, 2L * BodyBytes);
    }

    [Fact]
    public async Task Response_Of64MiB_PassesInBoundedMemory()
    {
        await using TestRelay relay = await TestRelay.StartAsync(Rules);
        relay.Masked.Keeps = false;
        relay.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "application/x-ndjson";
            foreach (ReadOnlyMemory<byte> piece in Pieces("", "{\"id\":12345,\"number\":\"4242424242424242\",\"text\":\"@\"}\n", ""))
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
        };
        await AssertBoundedAsync(relay, async () =>
        {
            using HttpResponseMessage response = await relay.Client.GetAsync(relay.Uri("public", "/out/x"), HttpCompletionOption.ResponseHeadersRead);
            await using Stream body = await response.Content.ReadAsStreamAsync();
            byte[] buffer = new byte[Mebibyte];
            long read = 0;
            for (int count; (count = await body.ReadAsync(buffer)) > 0; read += count)
                Assert.DoesNotContain("4242", Encoding.Latin1.GetString(buffer, 0, Math.Min(count, 1000)), StringComparison.Ordinal);
            Assert.InRange(read, BodyBytes, 2L * BodyBytes);
        });
    }

    /// <summary>What is held is counted all the time, and what lives afterwards. What lay about in between is for the collector, whose heap grows by little when it has little to keep.</summary>
    private static async Task AssertBoundedAsync(TestRelay relay, Func<Task> send)
    {
        var budget = relay.Services.GetRequiredService<BufferBudget>();
        long before = GC.GetTotalMemory(forceFullCollection: true), held = 0, live = 0;
        using var stop = new CancellationTokenSource();
        Task watching = Task.Run(async () =>
        {
            for (var watch = Stopwatch.StartNew(); !stop.IsCancellationRequested; await Task.Delay(5, CancellationToken.None))
            {
                held = Math.Max(held, budget.Held);
                if (watch.ElapsedMilliseconds < 100)
                    continue;
                live = Math.Max(live, GC.GetTotalMemory(forceFullCollection: true) - before);
                watch.Restart();
            }
        });
        await send();
        await stop.CancelAsync();
        await watching;
        Assert.InRange(held, 1, HeldBytesMax);
        Assert.InRange(live, 0, GrowthBytesMax);
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(string start, string repeated, string end)
    {
        byte[] piece = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(repeated.Replace("@", new string('x', 400), StringComparison.Ordinal), 200)));
        yield return Encoding.ASCII.GetBytes(start);
        for (long sent = 0; sent < BodyBytes; sent += piece.Length)
            yield return piece;
        yield return Encoding.ASCII.GetBytes(end);
    }
}
