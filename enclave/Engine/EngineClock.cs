namespace E3.Relay.Enclave.Engine;

/// <summary>
/// The time, as the security module last told it, carried on by the monotonic clock. The host's wall clock is never asked: whoever owns it could
/// bring an expired grant back to life.
/// </summary>
internal sealed class EngineClock(TimeProvider monotonic)
{
    private readonly Lock _lock = new();
    private long _toldMs;
    private long _toldAt;

    /// <summary>Milliseconds since 1970-01-01 UTC; 0 before the module told any.</summary>
    public long NowMs
    {
        get
        {
            lock (_lock)
                return _toldMs == 0 ? 0 : checked(_toldMs + (long)monotonic.GetElapsedTime(_toldAt).TotalMilliseconds);
        }
    }

    /// <summary>Takes over a time that the module told. Time does not go backwards.</summary>
    public void Observe(ulong unixMs)
    {
        lock (_lock)
        {
            _toldMs = Math.Max(checked((long)unixMs), NowMs);
            _toldAt = monotonic.GetTimestamp();
        }
    }
}
