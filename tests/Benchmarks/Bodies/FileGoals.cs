using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using E3.Relay.Benchmarks.Channel;
using E3.Relay.Benchmarks.Proxy;
using E3.Relay.Benchmarks.Rules;
using E3.Relay.Benchmarks.Running;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Files;
using E3.Relay.Enclave.Protocol.Tokens;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Testing;

namespace E3.Relay.Benchmarks.Bodies;

/// <summary>
/// Files as tokens of algorithm 4: in the engine without the frame's signature against AES-GCM on one thread, and through the real channel (the helper's engine in a process of its own, TLS on a Unix socket,
/// a signature under every frame) against an echo of frames of the same size. The unit is a mebibyte.
/// </summary>
internal static class FileGoals
{
    private const int Rounds = 5;
    private const int Mebibyte = 1024 * 1024;
    private const int EngineMebibytes = 3;
    private const int ChannelMebibytes = 96;
    private const int LargeMebibytes = 1024;

    public static async Task<IReadOnlyList<Comparison>> RunAsync(TimeSpan time)
    {
        TimeSpan each = time / (7 * 2 * (Rounds + 1));
        return [.. await InEngineAsync(each), .. await ThroughChannelAsync(each)];
    }

    private static async Task<IReadOnlyList<Comparison>> InEngineAsync(TimeSpan each)
    {
        byte[] file = RandomNumberGenerator.GetBytes(EngineMebibytes * Mebibyte);
        using var engine = new FileEngine(file);
        using var aes = new AesGcm(RandomNumberGenerator.GetBytes(32), TokenGrammar.TagBytes);
        byte[] nonce = new byte[12], output = new byte[Mebibyte], sealedBlock = new byte[Mebibyte], tag = new byte[TokenGrammar.TagBytes], sealedTag = new byte[TokenGrammar.TagBytes];
        aes.Encrypt(nonce, file.AsSpan(0, Mebibyte), sealedBlock, sealedTag);

        Side seals = Times(EngineMebibytes, WorkSide.Of("engine, frames of 7 segments", _ => engine.Seal()));
        Side opens = Times(EngineMebibytes, WorkSide.Of("engine, frames of 7 segments", _ => engine.Open()));
        Side signed = Times(EngineMebibytes, new Side("engine, signed frames of 7 segments", round => Task.FromResult(engine.SealSigned(round))));
        Side encrypts = WorkSide.Of("AesGcm.Encrypt, 1 MiB", i => aes.Encrypt(nonce, file.AsSpan(i % EngineMebibytes * Mebibyte, Mebibyte), output, tag));
        Side decrypts = WorkSide.Of("AesGcm.Decrypt, 1 MiB", _ => aes.Decrypt(nonce, sealedBlock, sealedTag, output));
        foreach (Side side in (Side[])[seals, opens, signed, encrypts, decrypts])
            await side.RunAsync(each);
        return
        [
            await Comparison.RunAsync("bodies.file-seal.engine", 0.7, seals, encrypts, Rounds, each),
            await Comparison.RunAsync("bodies.file-open.engine", 0.7, opens, decrypts, Rounds, each),
            await Comparison.RunAsync("bodies.file-seal.engine-signed", null, signed, encrypts, Rounds, each),
        ];
    }

    private static async Task<IReadOnlyList<Comparison>> ThroughChannelAsync(TimeSpan each)
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
        using CallerIdentity writer = CallerIdentity.Load(Path.Combine(state, "callers", "requests")), reader = CallerIdentity.Load(Path.Combine(state, "callers", "readers"));
        if (!EnclaveAddress.TryParse($"unix:{state}/enclave.sock", out EnclaveAddress address))
            throw new InvalidOperationException("The state folder's path is too long.");
        var options = new EnclaveClientOptions { Address = address };
        await using FileClient writes = new(options, () => trust, writer, TimeProvider.System), reads = new(options, () => trust, reader, TimeProvider.System);
        await using FrameEcho echo = await FrameEcho.ConnectAsync(channel + ServedChannel.EchoSuffix);
        var binding = new FileBinding("shop", "card");

        byte[] file = RandomNumberGenerator.GetBytes(Mebibyte);
        int engine = ResidentMemory.ChildOf(helper.Id, "E3.Relay.Enclave.Host");
        await PrintMemoryAsync();
        using var token = new MemoryStream();
        await SealAsync(ChannelMebibytes, token);
        Side seals = Times(ChannelMebibytes, Repeated("file through the channel, sealed", () => SealAsync(ChannelMebibytes, Stream.Null)));
        Side opens = Times(ChannelMebibytes, Repeated("file through the channel, opened", OpenAsync));
        Side echoes = Times(ChannelMebibytes, Repeated("echo of the same frames", () => echo.RunAsync(Source(ChannelMebibytes))));
        foreach (Side side in (Side[])[seals, opens, echoes])
            await side.RunAsync(each);
        IReadOnlyList<Comparison> comparisons =
        [
            await Comparison.RunAsync("bodies.file-seal.channel", 0.6, seals, echoes, Rounds, each),
            await Comparison.RunAsync("bodies.file-open.channel", 0.6, opens, echoes, Rounds, each),
            await Comparison.RunAsync("bodies.file-seal.channel-processor", null, ByProcessor(seals, engine), ByProcessor(echoes, served.Id), Rounds, each),
            await Comparison.RunAsync("bodies.file-open.channel-processor", null, ByProcessor(opens, engine), ByProcessor(echoes, served.Id), Rounds, each),
        ];
        return comparisons;

        async Task SealAsync(int mebibytes, Stream destination)
        {
            PipeWriter end = PipeWriter.Create(destination, new(leaveOpen: true));
            await writes.EncryptAsync(binding, Source(mebibytes), end, default);
            await end.CompleteAsync();
        }

        Task OpenAsync() => reads.DecryptAsync(binding, PipeReader.Create(new ReadOnlySequence<byte>(token.GetBuffer(), 0, (int)token.Length)), PipeWriter.Create(Stream.Null), default);

        PipeReader Source(int mebibytes) => PipeReader.Create(new RepeatedStream(file, mebibytes), new(bufferSize: FileToken.SegmentBytes));

        async Task PrintMemoryAsync()
        {
            await using var here = new ResidentMemory(Environment.ProcessId, engine);
            await SealAsync(LargeMebibytes, Stream.Null);
            double growth = await here.GrowthAsync() / (double)Mebibyte;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bodies.file-memory: 1 GiB sealed, resident memory of client and engine grew by {growth:F1} MiB at most (goal<64)"));
        }
    }

    private static Side Repeated(string name, Func<Task> work) => new(name, async round =>
    {
        var timings = new Timings();
        long start = Stopwatch.GetTimestamp();
        do
        {
            long before = Stopwatch.GetTimestamp();
            await work();
            timings.Add(Stopwatch.GetTimestamp() - before);
        }
        while (Stopwatch.GetElapsedTime(start) < round);
        return new(timings.Count / Stopwatch.GetElapsedTime(start).TotalSeconds, timings.Percentile(0.5), timings.Percentile(0.99));
    });

    // The same per second of processor time of this process and the other one: on a busy machine that says more than the clock.
    private static Side ByProcessor(Side side, int other) => new(side.Name + ", per processor second", async round =>
    {
        TimeSpan Used()
        {
            using Process here = Process.GetCurrentProcess(), there = Process.GetProcessById(other);
            return here.TotalProcessorTime + there.TotalProcessorTime;
        }

        TimeSpan before = Used();
        long start = Stopwatch.GetTimestamp();
        Sample sample = await side.RunAsync(round);
        return sample with { PerSecond = sample.PerSecond * Stopwatch.GetElapsedTime(start).TotalSeconds / (Used() - before).TotalSeconds };
    });

    // So many units in each call.
    private static Side Times(int units, Side side) => new(side.Name, async round =>
    {
        Sample sample = await side.RunAsync(round);
        return sample with { PerSecond = sample.PerSecond * units, P50 = sample.P50 / units, P99 = sample.P99 / units, BytesPerUnit = sample.BytesPerUnit / units };
    });
}
