using System.Diagnostics;

namespace E3.Relay.Benchmarks.Running;

/// <summary>Every single duration of a round, in ticks of <see cref="Stopwatch"/>.</summary>
internal sealed class Timings
{
    private readonly List<long> _ticks = new(4096);

    /// <summary>How many.</summary>
    public int Count => _ticks.Count;

    /// <summary>Takes over one duration.</summary>
    public void Add(long ticks) => _ticks.Add(ticks);

    /// <summary>Takes over another's.</summary>
    public void Add(Timings other) => _ticks.AddRange(other._ticks);

    /// <summary>The duration that this part of all (0 to 1) does not exceed.</summary>
    public TimeSpan Percentile(double part)
    {
        _ticks.Sort();
        return _ticks.Count == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(0, _ticks[Math.Min((int)(_ticks.Count * part), _ticks.Count - 1)]);
    }
}
