using System.Collections.Concurrent;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Enclave.Engine;

/// <summary>Counts, for each caller, the tokens of the present minute that did not open, so that guessing is slow.</summary>
internal sealed class FailureMeter(EngineClock clock)
{
    private readonly ConcurrentDictionary<ReadOnlyMemory<byte>, Window> _windows = new(KeyComparer.Instance);

    /// <summary>False when the caller has used up its failures for this minute.</summary>
    public bool MayFail(Grant grant) =>
        !_windows.TryGetValue(grant.CallerKey, out Window? window) || window.Minute != clock.NowMs / 60_000 || Volatile.Read(ref window.Failures) < grant.FailedOpensMax;

    /// <summary>Counts a failure.</summary>
    public void Failed(Grant grant)
    {
        long minute = clock.NowMs / 60_000;
        Window window = _windows.AddOrUpdate(grant.CallerKey, _ => new Window(minute), (_, old) => old.Minute == minute ? old : new Window(minute));
        Interlocked.Increment(ref window.Failures);
    }

    private sealed class Window(long minute)
    {
        public readonly long Minute = minute;
        public uint Failures;
    }

    // Granted keys are few and administrator-signed, so the dictionary is bounded by the grants there are.
    private sealed class KeyComparer : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static readonly KeyComparer Instance = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<byte> key)
        {
            var hash = new HashCode();
            hash.AddBytes(key.Span);
            return hash.ToHashCode();
        }
    }
}
