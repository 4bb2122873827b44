using System.Diagnostics;
using System.Numerics;
using E3.Relay.Enclave.Protocol;
using MessagePack;

namespace E3.Relay.Enclave.Engine;

/// <summary>Counters of the whole engine. None of them knows an app, a value or a length.</summary>
internal sealed class EngineStatistics(TimeProvider monotonic)
{
    // Bucket n counts calls of less than 2^n microseconds; the last one all that took longer.
    private const int Buckets = 24;
    private const int Operations = (int)TransformOperation.Lookup + 1;

    private readonly long _started = monotonic.GetTimestamp();
    private readonly long[] _succeeded = new long[Operations];
    private readonly long[] _failed = new long[Operations];
    private readonly long[] _latency = new long[Buckets];
    private long _working;

    /// <summary>A Transform begins; the timestamp is for <see cref="TransformEnded"/>.</summary>
    public long TransformStarted()
    {
        Interlocked.Increment(ref _working);
        return monotonic.GetTimestamp();
    }

    public void TransformEnded(long started)
    {
        Interlocked.Decrement(ref _working);
        uint microseconds = (uint)Math.Min(monotonic.GetElapsedTime(started).TotalMicroseconds, uint.MaxValue);
        Interlocked.Increment(ref _latency[Math.Min(32 - BitOperations.LeadingZeroCount(microseconds), Buckets - 1)]);
    }

    /// <summary>Counts the fields of one group.</summary>
    public void Count(TransformOperation operation, int succeeded, int failed)
    {
        int index = (int)operation < Operations ? (int)operation : 0;
        Interlocked.Add(ref _succeeded[index], succeeded);
        Interlocked.Add(ref _failed[index], failed);
    }

    /// <summary>
    /// Writes <c>[uptime ms, processor time ms, resident bytes, managed bytes, open descriptors, sessions, calls at work, keys, [[operation, succeeded, failed], …], [calls under 2^0 µs, under 2^1 µs, …]]</c>.
    /// </summary>
    public void Write(ref MessagePackWriter writer, int sessions, int keys)
    {
        using var process = Process.GetCurrentProcess();
        writer.WriteArrayHeader(10);
        writer.Write((long)monotonic.GetElapsedTime(_started).TotalMilliseconds);
        writer.Write((long)process.TotalProcessorTime.TotalMilliseconds);
        writer.Write(process.WorkingSet64);
        writer.Write(GC.GetTotalMemory(forceFullCollection: false));
        writer.Write(process.HandleCount);
        writer.Write(sessions);
        writer.Write(Volatile.Read(ref _working));
        writer.Write(keys);
        writer.WriteArrayHeader(Operations - 1);
        for (int i = 1; i < Operations; i++)
        {
            writer.WriteArrayHeader(3);
            writer.Write(i);
            writer.Write(Volatile.Read(ref _succeeded[i]));
            writer.Write(Volatile.Read(ref _failed[i]));
        }

        writer.WriteArrayHeader(Buckets);
        foreach (long count in _latency)
            writer.Write(count);
    }
}
