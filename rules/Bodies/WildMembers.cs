namespace E3.Relay.Rules.Bodies;

/// <summary>The members of objects whose members a wildcard selects. There every repeated name is one that a selector step matched.</summary>
internal sealed class WildMembers
{
    private const int KeptMax = 1024;

    private HashSet<(int Depth, long Object, ReadOnlyMemory<byte> Name)> _members = new(new Comparer());
    private ValueArena _names = new();

    /// <summary>For how many members there is room.</summary>
    internal int Capacity => _members.Capacity;

    /// <summary>Notes a member.</summary>
    /// <returns>False when the object has it already.</returns>
    internal bool Add(int depth, long inObject, ReadOnlyMemory<byte> name) => _members.Add((depth, inObject, name));

    /// <summary>Notes a member by a name that does not outlive the window.</summary>
    /// <returns>False when the object has it already.</returns>
    internal bool AddCopy(int depth, long inObject, ReadOnlyMemory<byte> name) => !_members.Contains((depth, inObject, name)) && Add(depth, inObject, Copy(name, _names));

    /// <summary>Forgets the members of objects that were read to their end.</summary>
    /// <param name="frames">The open objects.</param>
    /// <param name="depth">The depth of the innermost one.</param>
    /// <returns>How many bytes the names of the others are.</returns>
    internal long KeepOpen(JsonFrames frames, int depth)
    {
        if (_members.Count == 0)
            return 0;
        HashSet<(int Depth, long Object, ReadOnlyMemory<byte> Name)> open = new(_members.Comparer);
        ValueArena names = new();
        long bytes = 0;
        foreach ((int at, long inObject, ReadOnlyMemory<byte> name) in _members)
        {
            if (at > depth || frames[at].Object != inObject)
                continue;
            open.Add((at, inObject, Copy(name, names)));
            bytes += name.Length;
        }

        _names.Dispose();
        (_members, _names) = (open, names);
        return bytes;
    }

    private static Memory<byte> Copy(ReadOnlyMemory<byte> name, ValueArena arena)
    {
        Memory<byte> copy = arena.Take(name.Length);
        name.CopyTo(copy);
        return copy;
    }

    /// <summary>Forgets all members. What a body with very many of them took is given back: it would be kept for as long as the rules are.</summary>
    internal void Clear()
    {
        _members.Clear();
        _names.Dispose();
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
