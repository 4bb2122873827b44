using System.Globalization;

namespace E3.Relay.Benchmarks.Bodies;

/// <summary>How far the resident memory of some processes together grows while something goes on.</summary>
internal sealed class ResidentMemory : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private readonly int[] _processes;
    private readonly long _before;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private long _largest;

    public ResidentMemory(params int[] processes)
    {
        _processes = processes;
        _before = _largest = Now();
        _watching = Task.Run(WatchAsync);
    }

    /// <summary>The child of a process that runs this program.</summary>
    public static int ChildOf(int parent, string program)
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc").Where(static folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            int id = int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture);
            if (Status(id, "PPid:") == parent && File.ResolveLinkTarget($"{folder}/exe", returnFinalTarget: false)?.Name == program)
                return id;
        }

        throw new InvalidOperationException($"{program} does not run.");
    }

    /// <summary>Ends the watching; the largest sum less the first, in bytes.</summary>
    public async Task<long> GrowthAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        return Math.Max(_largest, Now()) - _before;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            _largest = Math.Max(_largest, Now());
            await Task.Delay(Interval, CancellationToken.None);
        }
    }

    private long Now() => _processes.Sum(static id => Status(id, "VmRSS:") * 1024);

    private static long Status(int id, string name)
    {
        try
        {
            string line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
            return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return 0;
        }
    }
}
