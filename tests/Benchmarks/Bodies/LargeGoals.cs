using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using E3.Relay.Benchmarks.Proxy;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Files;
using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.Benchmarks.Bodies;

/// <summary>Bodies that are far larger than what may be held, through the relay as it is shipped, its engine and an upstream that reads them: how far resident memory grows while they pass.</summary>
internal static class LargeGoals
{
    private const int Mebibyte = 1024 * 1024;
    private const int OrdinaryBodies = 200;
    private const int OrdinaryBytes = 500_000;
    private const long JsonBytes = 200L * Mebibyte;
    private const string Boundary = "benchmark-boundary";

    private const string Rules = """
        app: shop
        rules:
          - id: in
            match: {path: /in/**, methods: [POST]}
            large: stream
            request:
              - encrypt: {json: ["$[*].card.number", $.card.number], multipart: [file]}
                role: card
          - id: out
            match: {path: /out/**}
            large: stream
            response:
              - decrypt: {body: true}
                role: card
        """;

    private static readonly string Element = $$$"""{"id":"{{{new string('7', 40)}}}","card":{"number":"4242424242424242","holder":"Ada Lovelace"},"note":"{{{new string('x', 350)}}}"}""";

    /// <summary>Prints a line for each goal.</summary>
    public static async Task RunAsync()
    {
        await using LargeUpstream upstream = await LargeUpstream.StartAsync();
        await RunFirstRequestAsync(upstream);
        await using RelayTarget relay = await RelayTarget.StartAsync(upstream.Address, Rules);
        (int proxy, int engine) = relay.FindProcesses();
        using HttpClient client = ClientOf(relay);
        string start = $"--{Boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n", end = $"\r\n--{Boundary}--";
        MediaTypeHeaderValue lines = new("application/x-ndjson"), multipart = MediaTypeHeaderValue.Parse($"multipart/form-data; boundary={Boundary}");
        byte[] file = RandomNumberGenerator.GetBytes(Mebibyte);

        // What a process takes because it serves at all is not what a large body takes.
        for (int i = 0; i < OrdinaryBodies; i++)
            await SendJsonAsync(client, OrdinaryBytes);
        await PrintAsync("large-json-memory: 200 MiB JSON array, a proxy that has served bodies within the limit", 32, [proxy], () => SendJsonAsync(client, JsonBytes));
        await PrintAsync("large-ndjson-memory: 1 GiB NDJSON, the proxy", 32, [proxy], () => SendAsync(client, lines, "", Elements("\n"), "", 1024L * Mebibyte));
        await PrintAsync("large-upload-memory: 1 GiB file uploaded, proxy and engine", 64, [proxy, engine], () => SendAsync(client, multipart, start, file, end, 1024L * Mebibyte));
        using X509Certificate2 root = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(relay.State, "simulated", "nsm-root.der"));
        using CallerIdentity writer = CallerIdentity.Load(Path.Combine(relay.State, "callers", "requests"));
        await using FileClient sealing = OpenFiles(relay.State, root, writer);
        upstream.Seal = answer => sealing.EncryptAsync(new FileBinding("shop", "card"), PipeReader.Create(new RepeatedStream(file, 1024)), answer, default);
        await PrintAsync("large-download-memory: 1 GiB file sealed and downloaded, proxy and engine", 64, [proxy, engine], () => ReceiveAsync(client, 1024L * Mebibyte));
    }

    private static async Task RunFirstRequestAsync(LargeUpstream upstream)
    {
        await using RelayTarget relay = await RelayTarget.StartAsync(upstream.Address, Rules);
        using HttpClient client = ClientOf(relay);
        await PrintAsync("large-json-memory.first-request: 200 MiB JSON array, a proxy that has served nothing", null, [relay.FindProcesses().Proxy], () => SendJsonAsync(client, JsonBytes));
    }

    private static HttpClient ClientOf(RelayTarget relay) =>
        new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{relay.Port}"), Timeout = TimeSpan.FromMinutes(10) };

    private static Task SendJsonAsync(HttpClient client, long bytes) => SendAsync(client, new("application/json"), "[", Elements(","), "0]", bytes);

    private static FileClient OpenFiles(string state, X509Certificate2 root, CallerIdentity caller)
    {
        var trust = EnclaveTrust.Load(Path.Combine(state, "trust.json"), root);
        if (!EnclaveAddress.TryParse($"unix:{state}/enclave.sock", out EnclaveAddress address))
            throw new InvalidOperationException("The state folder's path is too long.");
        return new FileClient(new EnclaveClientOptions { Address = address }, () => trust, caller, TimeProvider.System);
    }

    private static byte[] Elements(string separator) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Element + separator, 1000)));

    private static async Task PrintAsync(string what, int? goal, int[] processes, Func<Task> send)
    {
        await using var memory = new ResidentMemory(processes);
        long started = Stopwatch.GetTimestamp();
        await send();
        double growth = await memory.GrowthAsync() / (double)Mebibyte;
        string seconds = Stopwatch.GetElapsedTime(started).TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bodies.{what} grew by {growth:F1} MiB at most{(goal is null ? "" : $" (goal<{goal})")}, in {seconds} s"));
    }

    private static async Task SendAsync(HttpClient client, MediaTypeHeaderValue type, string start, byte[] repeated, string end, long bytes)
    {
        using var content = new RepeatedContent(start, repeated, end, bytes);
        content.Headers.ContentType = type;
        using HttpResponseMessage response = await client.PostAsync(new Uri("/in/x", UriKind.Relative), content);
        response.EnsureSuccessStatusCode();
    }

    private static async Task ReceiveAsync(HttpClient client, long bytes)
    {
        using HttpResponseMessage response = await client.GetAsync(new Uri("/out/x", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using Stream answer = await response.Content.ReadAsStreamAsync();
        byte[] buffer = new byte[64 * 1024];
        long read = 0;
        for (int count; (count = await answer.ReadAsync(buffer)) > 0;)
            read += count;
        if (read != bytes)
            throw new InvalidOperationException($"{read} bytes came in place of {bytes}.");
    }

    private sealed class RepeatedContent(string start, byte[] repeated, string end, long bytes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(start));
            for (long sent = 0; sent < bytes; sent += repeated.Length)
                await stream.WriteAsync(repeated);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(end));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }
    }
}
