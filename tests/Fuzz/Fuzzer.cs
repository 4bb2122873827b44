using System.Diagnostics;
using E3.Relay.Testing;

namespace E3.Relay.Fuzz;

/// <summary>Runs one target on its corpus and on mutations of it, on a thread of its own, and keeps watch over it.</summary>
internal sealed class Fuzzer(IFuzzTarget target, ulong seed, TimeSpan budget)
{
    private const int PoolMax = 4096;
    private const long GrowthBytesMax = 512L << 20;
    private static readonly TimeSpan ProcessorMax = TimeSpan.FromSeconds(2);

    // A busy machine may keep a thread waiting; what waits for ever is a hang all the same.
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    private readonly List<byte[]> _pool = [];
    private readonly HashSet<int> _outcomes = [];
    private byte[] _input = [];
    private long _executions;
    private Exception? _failure;

    /// <summary>The number of inputs that were judged.</summary>
    public long Executions => Volatile.Read(ref _executions);

    /// <summary>The number of kinds of outcomes that were seen.</summary>
    public int Outcomes => _outcomes.Count;

    /// <summary>What was found; null when nothing was.</summary>
    public string? Finding { get; private set; }

    /// <summary>Where the input of the finding is.</summary>
    public string FindingPath { get; private set; } = "";

    /// <summary>Runs until the budget is spent or something is found. True when nothing was.</summary>
    public bool Run()
    {
        Directory.CreateDirectory(Folder);
        var running = new RunningInput(Path.Combine(Folder, target.Name + RunningInput.Ending));
        var worker = new Thread(() => Work(running)) { IsBackground = true };
        worker.Start();
        Watch(worker);
        if (Finding is null && _failure is not null)
            Finding = _failure.ToString();
        if (Finding is null)
        {
            running.Dispose();
            return true;
        }

        FindingPath = Path.Combine(Folder, $"{target.Name}-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(_input))[..12]}");
        File.WriteAllBytes(FindingPath, _input);
        return false;
    }

    private static string Folder => Repository.PathOf("artifacts", "fuzz");

    private void Work(RunningInput running)
    {
        try
        {
            byte[][] seeds = [.. Corpus.Read(target.Name), .. target.Seeds];
            foreach (byte[] input in seeds)
                Judge(input, running, keep: true);
            var choice = new Choice(seed);
            var mutator = new Mutator(choice, [.. target.Words]);
            long began = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(began) < budget)
                Judge(mutator.Mutate(choice.Of(_pool), choice.Of(_pool)), running, keep: false);
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    private void Judge(byte[] input, RunningInput running, bool keep)
    {
        running.Set(input);
        Volatile.Write(ref _input, input);
        if ((_outcomes.Add(target.Run(input)) || keep) && _pool.Count < PoolMax)
            _pool.Add(input);
        Interlocked.Increment(ref _executions);
    }

    // A worker that is stuck is left behind: it ends with the process.
    private void Watch(Thread worker)
    {
        using var process = Process.GetCurrentProcess();
        long seen = -1, since = 0, baseline = long.MaxValue;
        TimeSpan processor = default;
        while (!worker.Join(Glance))
        {
            process.Refresh();
            if (Executions != seen)
                (seen, since, processor) = (Executions, Stopwatch.GetTimestamp(), process.TotalProcessorTime);
            else if (seen > 0 && (process.TotalProcessorTime - processor > ProcessorMax || Stopwatch.GetElapsedTime(since) > WaitMax))
                Finding = "one input takes too long";
            baseline = Math.Min(baseline, process.WorkingSet64);
            if (process.WorkingSet64 - baseline > GrowthBytesMax && GC.GetTotalMemory(forceFullCollection: true) > GrowthBytesMax)
                Finding = "memory grows";
            if (Finding is not null)
                return;
        }
    }
}
