namespace E3.Relay.Rules.Bodies;

/// <summary>The members of objects whose members a wildcard selects. There every repeated name is one that a selector step matched.</summary>
internal sealed class WildMembers
{
    private const int KeptMax = 1024;

    private readonly HashSet<(int Depth, long Object, ReadOnlyMemory<byte> Name)> _members = new(new Comparer());

    /// <summary>For how many members there is room.</summary>
    internal int Capacity => _members.Capacity;

    /// <summary>Notes a member.</summary>
    /// <returns>False when the object has it already.</returns>
    internal bool Add(int depth, long inObject, ReadOnlyMemory<byte> name) => _members.Add((depth, inObject, name));

    /// <summary>Forgets all members. What a body with very many of them took is given back: it would be kept for as long as the rules are.</summary>
    internal void Clear()
    {
        _members.Clear();
        if (_members.Capacity > KeptMax)
            _members.TrimExcess();
    }

    private sealed class Comparer : IEqualityComparer<(int Depth, long Object, ReadOnlyMemory<byte> Name)>
    {
        public bool Equals((int Depth, long Object, ReadOnlyMemory<byte> Name) x, (int Depth, long Object, ReadOnlyMemory<byte> Name) y) =>
            x.Depth == y.Depth && x.Object == y.Object && x.Name.Span.SequenceEqual(y.Name.Span);

        public int GetHashCode((int Depth, long Object, ReadOnlyMemory<byte> Name) member)
        {
            HashCode hash = default;
            hash.Add(member.Depth);
            hash.Add(member.Object);
            hash.AddBytes(member.Name.Span);
            return hash.ToHashCode();
        }
    }
}
