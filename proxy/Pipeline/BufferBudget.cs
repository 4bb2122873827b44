namespace E3.Relay.Proxy.Pipeline;

/// <summary>The memory that all bodies under way may hold together, so that many slow peers cannot use up the machine.</summary>
/// <param name="bytesMax">The budget in bytes. It is not exact: who asks at the same moment may go over it once.</param>
internal sealed class BufferBudget(long bytesMax)
{
    private long _held;

    /// <summary>Whether no buffer may grow for now.</summary>
    public bool IsSpent => Held >= bytesMax;

    /// <summary>Bytes that are held now.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Counts memory that was taken, or given back when negative.</summary>
    public void Count(long bytes) => Interlocked.Add(ref _held, bytes);
}
