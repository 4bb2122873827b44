namespace E3.Relay.Rules.Bodies;

/// <summary>The members of objects whose members a wildcard selects. There every repeated name is one that a selector step matched.</summary>
internal sealed class WildMembers
{
    private const int KeptMax = 1024;

    // What a set takes for a member, and what a body has for one beside its name: quotes, a colon, a value, a comma.
    private const int EntryBytes = 48, SyntaxBytes = 5;

    private HashSet<(int Depth, long Object, ReadOnlyMemory<byte> Name)> _members = new(new Comparer());
    private ValueArena _names = new();
    private long _bytes, _keptBytes, _counted;

    /// <summary>Where the memory is counted; set it while there are no members.</summary>
    internal IWorkingMemory? Memory
    {
        get => _names.Memory;
        set => _names.Memory = value;
    }

    /// <summary>For how many members there is room.</summary>
    internal int Capacity => _members.Capacity;

    /// <summary>Notes a member.</summary>
    /// <returns>False when the object has it already.</returns>
    internal bool Add(int depth, long inObject, ReadOnlyMemory<byte> name) => _members.Add((depth, inObject, name));

    /// <summary>Notes a member by a name that does not outlive the window.</summary>
    /// <returns>False when the object has it already.</returns>
    internal bool AddCopy(int depth, long inObject, ReadOnlyMemory<byte> name)
    {
        if (_members.Contains((depth, inObject, name)))
            return false;
        _bytes += name.Length + SyntaxBytes;
        Add(depth, inObject, Copy(name, _names));
        Count();
        return true;
    }

    /// <summary>Forgets the members of objects that were read to their end.</summary>
    /// <param name="frames">The open objects.</param>
    /// <param name="depth">The depth of the innermost one.</param>
    /// <param name="bytesMax">The most that the others may be.</param>
    /// <returns>How many bytes the others are in a body, at least.</returns>
    internal long KeepOpen(JsonFrames frames, int depth, long bytesMax)
    {
        // Only when there are twice as many: else very many members of one object would be copied with each part behind them.
        if (_bytes == _keptBytes || _bytes <= Math.Min(2 * _keptBytes, bytesMax))
            return _bytes;
        HashSet<(int Depth, long Object, ReadOnlyMemory<byte> Name)> open = new(_members.Comparer);
        ValueArena names = new() { Memory = Memory };
        _bytes = 0;
        foreach ((int at, long inObject, ReadOnlyMemory<byte> name) in _members)
        {
            if (at > depth || frames[at].Object != inObject)
                continue;
            open.Add((at, inObject, Copy(name, names)));
            _bytes += name.Length + SyntaxBytes;
        }

        _names.Dispose();
        (_members, _names, _keptBytes) = (open, names, _bytes);
        Count();
        return _bytes;
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
        (_bytes, _keptBytes) = (0, 0);
        if (_members.Capacity > KeptMax)
            _members.TrimExcess();
        Count();
    }

    /// <summary>Counts the set, but for what may be kept.</summary>
    private void Count()
    {
        long bytes = (long)EntryBytes * Math.Max(0, _members.Capacity - KeptMax);
        if (bytes == _counted)
            return;
        Memory?.Count(bytes - _counted);
        _counted = bytes;
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
