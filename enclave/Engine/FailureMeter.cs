using System.Collections.Concurrent;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Enclave.Engine;

/// <summary>Counts, for each caller, the tokens of the present minute that did not open, so that guessing is seen.</summary>
internal sealed class FailureMeter(EngineClock clock)
{
    private readonly ConcurrentDictionary<ReadOnlyMemory<byte>, Window> _windows = new(CallerKeyComparer.Instance);

    /// <summary>Counts a failure; false when it is one too many for this minute. Tokens that open are never held up: one key stands for all end users behind a proxy.</summary>
    public bool Failed(Grant grant)
    {
        long minute = clock.NowMs / 60_000;
        Window window = _windows.AddOrUpdate(grant.CallerKey, _ => new Window(minute), (_, old) => old.Minute == minute ? old : new Window(minute));
        return Interlocked.Increment(ref window.Failures) <= grant.FailedOpensMax;
    }

    private sealed class Window(long minute)
    {
        public readonly long Minute = minute;
        public uint Failures;
    }
}
