using System.Text;

namespace E3.Relay.Rules.Names;

/// <summary>A fixed set of names, each with a number, looked up without allocation when the name is ASCII.</summary>
internal sealed class NameTable
{
    private readonly bool _exact;
    private readonly byte[][] _names;
    private readonly int[] _buckets;
    private readonly int[] _next;

    // A bit for each length that a name has, modulo 64: most names of a document are told apart by it.
    private readonly ulong _lengths;

    private NameTable(bool exact, List<byte[]> names)
    {
        _exact = exact;
        _names = [.. names];
        _next = new int[_names.Length];
        _buckets = new int[PowerOfTwo(_names.Length * 4)];
        Array.Fill(_buckets, -1);
        for (int i = 0; i < _names.Length; i++)
        {
            _lengths |= 1UL << (_names[i].Length & 63);
            ref int head = ref _buckets[Bucket(_names[i])];
            (_next[i], head) = (head, i);
        }
    }

    internal int Count => _names.Length;

    /// <summary>The names as they are compared, by number.</summary>
    internal IReadOnlyList<byte[]> Names => _names;

    /// <summary>The number of a name, or -1.</summary>
    /// <param name="name">The name in UTF-8.</param>
    /// <param name="isAscii">Whether the name is known to be ASCII.</param>
    internal int Find(ReadOnlySpan<byte> name, bool isAscii = false)
    {
        if (_names.Length == 0)
            return -1;
        if (_exact || isAscii || Ascii.IsValid(name))
            return FindPlain(name);
        return FindPlain(NameFold.Fold(name));
    }

    private int FindPlain(ReadOnlySpan<byte> name)
    {
        if ((_lengths & (1UL << (name.Length & 63))) == 0)
            return -1;
        int candidate = _buckets[Bucket(name)];
        while (candidate >= 0 && !IsEqual(_names[candidate], name))
            candidate = _next[candidate];
        return candidate;
    }

    private bool IsEqual(ReadOnlySpan<byte> stored, ReadOnlySpan<byte> name)
    {
        if (_exact)
            return stored.SequenceEqual(name);
        if (stored.Length != name.Length)
            return false;
        ReadOnlySpan<byte> fold = NameFold.Ascii;
        for (int i = 0; i < name.Length; i++)
        {
            if (stored[i] != fold[name[i]])
                return false;
        }

        return true;
    }

    private int Bucket(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
            return 0;
        ReadOnlySpan<byte> fold = NameFold.Ascii;
        return (fold[name[0]] + (fold[name[^1]] * 7) + (name.Length * 31)) & (_buckets.Length - 1);
    }

    private static int PowerOfTwo(int atLeast) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(atLeast, 1));

    /// <summary>Gathers names and gives each a number, from 0.</summary>
    internal sealed class Builder(bool exact)
    {
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
        private readonly List<byte[]> _list = [];

        internal int Add(string name)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(name);
            byte[] stored = exact ? utf8 : NameFold.Fold(utf8);
            string key = Encoding.UTF8.GetString(stored);
            if (_numbers.TryGetValue(key, out int number))
                return number;
            _numbers.Add(key, number = _list.Count);
            _list.Add(stored);
            return number;
        }

        internal NameTable Build() => new(exact, _list);
    }
}
