using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using E3.Relay.Benchmarks.Proxy;
using E3.Relay.Benchmarks.Running;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Testing;

namespace E3.Relay.Benchmarks.Channel;

/// <summary>The real client against the real engine in a process of its own, over TLS on a Unix socket with a signature under every frame.</summary>
internal sealed class ChannelArea : IBenchmarkArea
{
    private const int Rounds = 5;
    private const int FieldBytes = 64;
    private const int Fields = 100;
    private const int ManyFields = 20_000;

    public string Name => "channel";

    public async Task<IReadOnlyList<Comparison>> RunAsync(TimeSpan time)
    {
        using var folder = new TempFolder();
        string state = folder.PathOf("s"), channel = folder.PathOf("c");
        await using ChildProgram served = ChildProgram.Start(ServedChild.ThisProgram, [ServedChannel.Argument, channel]);
        await served.WaitForLineAsync(ServedChannel.Ready);
        await using ChildProgram helper = ChildProgram.Start(
            StartedPrograms.PathOf("E3.Relay.Helper"), ["run", "--state", state, "--parent-stdin", "--ensure-app", "shop"], new Dictionary<string, string?> { ["DOTNET_ENVIRONMENT"] = "Development" }, folder.Path);
        await helper.WaitForLineAsync("E3 3001");

        using X509Certificate2 root = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(state, "simulated", "nsm-root.der"));
        var trust = EnclaveTrust.Load(Path.Combine(state, "trust.json"), root);
        using var caller = CallerIdentity.Load(Path.Combine(state, "callers", "requests"));
        await using EnclaveClient client = await OpenAsync(state, trust, caller, connections: 2, requestsPerFrame: 32);
        await using EnclaveClient single = await OpenAsync(state, trust, caller, connections: 1, requestsPerFrame: 1);
        await using EnclaveClient uncoalesced = await OpenAsync(state, trust, caller, connections: 2, requestsPerFrame: 1);
        using var reader = CallerIdentity.Load(Path.Combine(state, "callers", "readers"));
        await using EnclaveClient reading = await OpenAsync(state, trust, reader, connections: 2, requestsPerFrame: 32);
        await using EnclaveClient forging = await OpenAsync(state, trust, reader, connections: 1, requestsPerFrame: 1);
        await using var prototype = new PrototypeClient(channel + ServedChannel.PrototypeSuffix, connections: 2);
        await using var bare = await BareEcho.ConnectAsync(channel + ServedChannel.EchoSuffix);

        TransformGroup batch = Group(Fields), one = Group(1), many = Group(ManyFields);
        var channelBatches = new Side("8 batches of 100 in flight", round => LoadAsync(round, 8, Fields, async () => Check(await client.TransformAsync([batch], default))));
        var raw = new Side("AesGcm.Encrypt, one thread", RawEncrypt);
        var roundTrip = new Side("batch of one", round => LoadAsync(round, 1, 1, async () => Check(await single.TransformAsync([one], default))));
        var bareTrip = new Side("sign + verify + echo", round => LoadAsync(round, 1, 1, bare.RunAsync));
        var coalesced = new Side("64 callers, coalesced", round => LoadAsync(round, 64, 1, async () => Check(await client.TransformAsync([one], default))));
        var alone = new Side("64 callers, one a frame", round => LoadAsync(round, 64, 1, async () => Check(await uncoalesced.TransformAsync([one], default))));
        var unsigned = new Side("64 callers, no signature, no TLS, no cryptography", round => LoadAsync(round, 64, 1, async () => Check(await prototype.TransformAsync(one))));
        var large = new Side("20,000 fields in one call", round => LoadAsync(round, 1, ManyFields, async () => Check(await single.TransformAsync([many], default))));
        var hundred = new Side("100 fields in one call", round => LoadAsync(round, 1, Fields, async () => Check(await single.TransformAsync([batch], default))));
        TransformGroup token = Reading(await client.TransformAsync([one], default)), good = Reading(await client.TransformAsync([many], default)), forged = ForgedTokens.Of(good);
        var forgedCall = new Side("20,000 forged tokens in one call", round => LoadAsync(round, 1, ManyFields, () => RefusedAsync(forging, forged)));
        var goodCall = new Side("20,000 good tokens in one call", round => LoadAsync(round, 1, ManyFields, async () => Check(await forging.TransformAsync([good], default))));
        Func<TimeSpan, Task<Sample>> readers = round => LoadAsync(round, 8, 1, async () => Check(await reading.TransformAsync([token], default)));
        var besideForged = new Side("8 readers beside calls of 20,000 forged", round => BesideAsync(round, readers, () => RefusedAsync(forging, forged)));
        var besideGood = new Side("8 readers beside calls of 20,000 good", round => BesideAsync(round, readers, async () => await forging.TransformAsync([good], default)));
        var ecies = new Side("ECIES, field by field", EciesPerField);

        TimeSpan each = time / (8 * 2 * (Rounds + 1));
        foreach (Side side in (Side[])[channelBatches, raw, roundTrip, bareTrip, coalesced, alone, unsigned, large, hundred, ecies, forgedCall, goodCall, besideForged, besideGood])
            await side.RunAsync(each);
        return
        [
            await Comparison.RunAsync("channel.batch-100", 0.35, channelBatches, raw, Rounds, each),
            await Comparison.RunAsync("channel.round-trip", 1 / 1.5, roundTrip, bareTrip, Rounds, each),
            await Comparison.RunAsync("channel.coalescing", 4, coalesced, alone, Rounds, each),
            await Comparison.RunAsync("channel.against-unsigned", 0.15, coalesced, unsigned, Rounds, each),
            await Comparison.RunAsync("channel.20000-fields-against-100", null, large, hundred, Rounds, each),
            await Comparison.RunAsync("channel.20000-fields-against-ecies", null, large, ecies, Rounds, each),
            await Comparison.RunAsync("channel.20000-forged-against-good", 0.8, forgedCall, goodCall, Rounds, each),
            await Comparison.RunAsync("channel.readers-beside-forger", 0.8, besideForged, besideGood, Rounds, each),
        ];
    }

    private static async Task<EnclaveClient> OpenAsync(string state, EnclaveTrust trust, CallerIdentity caller, int connections, int requestsPerFrame)
    {
        if (!EnclaveAddress.TryParse($"unix:{state}/enclave.sock", out EnclaveAddress address))
            throw new InvalidOperationException("The state folder's path is too long.");
        var client = new EnclaveClient(new() { Address = address, Connections = connections, RequestsPerFrameMax = requestsPerFrame }, () => trust, caller, TimeProvider.System);
        await client.ConnectAsync(default);
        return client;
    }

    private static TransformGroup Group(int fields) => new()
    {
        Operation = TransformOperation.Encrypt,
        App = "shop",
        Role = "card",
        Items = [.. Enumerable.Range(0, fields).Select(static _ => new TransformItem(DataType.String, RandomNumberGenerator.GetHexString(FieldBytes).Select(static character => (byte)character).ToArray()))],
    };

    private static TransformGroup Reading(TransformResult[] tokens)
    {
        Check(tokens);
        return new() { Operation = TransformOperation.Decrypt, App = "shop", Role = "card", Items = [.. tokens.Select(static token => new TransformItem(DataType.String, token.Value))] };
    }

    // More of them fail than one call may have.
    private static async Task RefusedAsync(EnclaveClient client, TransformGroup forged)
    {
        try
        {
            await client.TransformAsync([forged], default);
        }
        catch (EnclaveException refusal) when (refusal.Code == ErrorCode.LimitExceeded)
        {
            return;
        }

        throw new InvalidOperationException("The engine looked at every forged token.");
    }

    // What the others notice of one who never stops.
    private static async Task<Sample> BesideAsync(TimeSpan round, Func<TimeSpan, Task<Sample>> load, Func<Task> other)
    {
        long start = Stopwatch.GetTimestamp();
        Task others = Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(start) < round)
                await other();
        });
        Sample sample = await load(round);
        await others;
        return sample;
    }

    private static void Check(TransformResult[] results)
    {
        if (results.Any(static result => result.Code != ErrorCode.None))
            throw new InvalidOperationException("The engine did not encrypt.");
    }

    private static async Task<Sample> LoadAsync(TimeSpan round, int callers, int fieldsPerCall, Func<Task> call)
    {
        long start = Stopwatch.GetTimestamp();
        Timings[] timings = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            var own = new Timings();
            while (Stopwatch.GetElapsedTime(start) < round)
            {
                long before = Stopwatch.GetTimestamp();
                await call();
                own.Add(Stopwatch.GetTimestamp() - before);
            }

            return own;
        })));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        var all = new Timings();
        foreach (Timings own in timings)
            all.Add(own);
        return new((double)all.Count * fieldsPerCall / elapsed.TotalSeconds, all.Percentile(0.5), all.Percentile(0.99));
    }

    private static Task<Sample> RawEncrypt(TimeSpan round)
    {
        using var cipher = new AesGcm(new byte[32], 16);
        byte[] nonce = new byte[12], text = new byte[FieldBytes], sealedText = new byte[FieldBytes], tag = new byte[16];
        return Task.FromResult(Measure(round, 1000, () => cipher.Encrypt(nonce, text, sealedText, tag)));
    }

    // What Evervault's formats cost for each field: an ephemeral key, ECDH, and one AES-GCM under a new key.
    private static Task<Sample> EciesPerField(TimeSpan round)
    {
        using var app = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] nonce = new byte[12], text = new byte[FieldBytes], sealedText = new byte[FieldBytes], tag = new byte[16];
        return Task.FromResult(Measure(round, 10, () =>
        {
            using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
            using var cipher = new AesGcm(ephemeral.DeriveKeyFromHash(app.PublicKey, HashAlgorithmName.SHA256), 16);
            cipher.Encrypt(nonce, text, sealedText, tag);
        }));
    }

    private static Sample Measure(TimeSpan round, int fields, Action field)
    {
        var timings = new Timings();
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < round)
        {
            long before = Stopwatch.GetTimestamp();
            for (int i = 0; i < fields; i++)
                field();
            timings.Add(Stopwatch.GetTimestamp() - before);
        }

        return new((double)timings.Count * fields / Stopwatch.GetElapsedTime(start).TotalSeconds, timings.Percentile(0.5), timings.Percentile(0.99));
    }

    /// <summary>The least that a signed call can cost: one signature, one verification, and the frame there and back.</summary>
    private sealed class BareEcho : IAsyncDisposable
    {
        private readonly SslStream _stream;
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly byte[] _digest = new byte[32];
        private readonly FrameBuffer _request = new();
        private readonly FrameBuffer _answer = new();

        private BareEcho(SslStream stream) => _stream = stream;

        public static async Task<BareEcho> ConnectAsync(string path)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
            var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false, static (_, _, _, _) => true);
            await stream.AuthenticateAsClientAsync("echo");
            return new(stream);
        }

        public async Task RunAsync()
        {
            byte[] signature = _key.SignHash(_digest);
            if (!_key.VerifyHash(_digest, signature))
                throw new InvalidOperationException("The signature does not verify.");
            _request.Start(RequestHeader.Bytes + FieldBytes + 32);
            await _request.WriteToAsync(_stream, default);
            await _answer.WaitForFrameAsync(_stream, default);
            await _answer.ReadFrameAsync(_stream, (int)await _answer.ReadLengthAsync(_stream, default), default);
        }

        public async ValueTask DisposeAsync()
        {
            await _stream.DisposeAsync();
            _key.Dispose();
            _request.Dispose();
            _answer.Dispose();
        }
    }
}
