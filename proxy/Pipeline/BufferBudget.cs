using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>The memory that all bodies under way may hold together, so that many slow peers cannot use up the machine.</summary>
/// <param name="bytesMax">The budget in bytes. It is not exact: who asks at the same moment may go over it once.</param>
internal sealed class BufferBudget(long bytesMax) : IWorkingMemory
{
    private long _held;

    /// <summary>Whether no buffer may grow for now.</summary>
    public bool IsSpent => Held >= bytesMax;

    /// <summary>Whether copies that nobody needs may grow. They leave half of the memory to bodies that cannot pass without.</summary>
    public bool HasRoomForCopies => Held < bytesMax / 2;

    /// <summary>Bytes that are held now.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Counts memory that was taken, or given back when negative.</summary>
    public void Count(long bytes) => Interlocked.Add(ref _held, bytes);
}
