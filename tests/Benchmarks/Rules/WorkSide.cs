using System.Diagnostics;
using E3.Relay.Benchmarks.Running;

namespace E3.Relay.Benchmarks.Rules;

/// <summary>
/// Sides of a comparison that do some work over and over on one thread. Their rate is that of the median: time that the thread waited for a busy processor is no part of it.
/// </summary>
internal static class WorkSide
{
    /// <summary>A side that does one unit of work in each call.</summary>
    /// <param name="name">What the table calls it.</param>
    /// <param name="work">The work. It is given the number of the call, from 0.</param>
    /// <param name="batch">How many calls are timed together: so many that reading the clock costs nothing beside them.</param>
    public static Side Of(string name, Action<int> work, int batch = 1) => new(name, round => Task.FromResult(Run(work, batch, round)));

    /// <summary>A cost that is set, not measured.</summary>
    public static Side Fixed(string name, TimeSpan each) => new(name, _ => Task.FromResult(new Sample(1 / each.TotalSeconds, each, each)));

    private static Sample Run(Action<int> work, int batch, TimeSpan round)
    {
        Timings timings = new();
        long end = (long)(round.TotalSeconds * Stopwatch.Frequency), ticks = 0, allocated = 0;
        int done = 0;
        while (ticks < end)
        {
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            for (int i = 0; i < batch; i++)
                work(done++);
            long took = Stopwatch.GetTimestamp() - start;
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            ticks += took;
            timings.Add(took);
        }

        double median = timings.Percentile(0.5).TotalSeconds / batch;
        return new(1 / median, TimeSpan.FromSeconds(median), timings.Percentile(0.99) / batch, (double)allocated / done);
    }
}
