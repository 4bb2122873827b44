namespace E3.Relay.Enclave.Engine;

/// <summary>Compares callers' keys. They are few and each is named in a signed grant, so what is kept for each caller is bounded by the grants that there are.</summary>
internal sealed class CallerKeyComparer : IEqualityComparer<ReadOnlyMemory<byte>>
{
    public static readonly CallerKeyComparer Instance = new();

    public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

    public int GetHashCode(ReadOnlyMemory<byte> key)
    {
        var hash = new HashCode();
        hash.AddBytes(key.Span);
        return hash.ToHashCode();
    }
}
