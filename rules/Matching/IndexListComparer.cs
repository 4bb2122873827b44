using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace E3.Relay.Rules.Matching;

/// <summary>Compares lists of numbers by what they hold, so that a list on the stack finds its equal in a dictionary.</summary>
internal sealed class IndexListComparer : IEqualityComparer<int[]>, IAlternateEqualityComparer<ReadOnlySpan<int>, int[]>
{
    internal static IndexListComparer Instance { get; } = new();

    public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

    public bool Equals(ReadOnlySpan<int> alternate, int[] other) => alternate.SequenceEqual(other);

    public int GetHashCode([DisallowNull] int[] obj) => GetHashCode(obj.AsSpan());

    public int GetHashCode(ReadOnlySpan<int> alternate)
    {
        HashCode hash = default;
        hash.AddBytes(MemoryMarshal.AsBytes(alternate));
        return hash.ToHashCode();
    }

    public int[] Create(ReadOnlySpan<int> alternate) => alternate.ToArray();
}
