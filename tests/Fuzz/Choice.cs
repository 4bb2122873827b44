namespace E3.Relay.Fuzz;

/// <summary>SplitMix64: the same seed gives the same choices on every machine and runtime.</summary>
internal sealed class Choice(ulong seed)
{
    private ulong _state = seed;

    /// <summary>64 bits.</summary>
    public ulong Next()
    {
        unchecked
        {
            ulong z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>A number from 0 to below the limit; 0 when the limit is.</summary>
    public int Below(int limit) => limit <= 0 ? 0 : (int)(Next() % (uint)limit);

    /// <summary>One of the list.</summary>
    public T Of<T>(IReadOnlyList<T> list) => list[Below(list.Count)];
}
