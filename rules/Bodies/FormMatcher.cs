using System.Text;
using E3.Relay.Rules.Names;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Bodies;

/// <summary>All form selectors of a plan: which of them select a field of a given name.</summary>
internal sealed class FormMatcher
{
    // Stands for an opening bracket in a folded name; a name with a control character was refused before.
    private const byte Opening = 0x1F;

    private const int LengthMax = 63, ShortNameBytes = 256;

    private readonly NameTable _foldedNames, _exactNames;
    private readonly int[][] _foldedSelectors, _exactSelectors;
    private readonly (byte[] Beginning, bool ExactNames, int Selector)[] _prefixes;
    private readonly (byte[] Name, int Selector)[] _outerNames;

    // By the first byte of a name and by its last: one bit for each length that a name of concern may have, the last for all longer ones.
    private readonly ulong[] _lengths = new ulong[256], _lengthsByLast = new ulong[256];

    internal FormMatcher(IReadOnlyList<(FormName Name, bool ExactNames)> selectors)
    {
        List<(byte[], bool, int)> prefixes = [];
        List<(byte[], int)> outerNames = [];
        (_foldedNames, _foldedSelectors) = Build(selectors, false);
        (_exactNames, _exactSelectors) = Build(selectors, true);
        for (int i = 0; i < selectors.Count; i++)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(selectors[i].Name.Name);
            if (selectors[i].Name.IsPrefix)
                prefixes.Add((selectors[i].ExactNames ? utf8 : NameFold.Fold(utf8), selectors[i].ExactNames, i));
            else if (!selectors[i].ExactNames)
                outerNames.Add((NameFold.Fold(Encoding.UTF8.GetBytes(selectors[i].Name.Joined)), i));
        }

        (_prefixes, _outerNames) = ([.. prefixes], [.. outerNames]);
        LongestName = selectors.Select(selector => Encoding.UTF8.GetByteCount(selector.Name.Name)).DefaultIfEmpty().Max();
        NoteLengths();
    }

    /// <summary>How many bytes the longest name has that is selected, or beginning of names.</summary>
    internal int LongestName { get; }

    /// <summary>Finds the selectors that select a field of this name.</summary>
    internal void Match(ReadOnlySpan<byte> name, List<int> selectors)
    {
        selectors.Clear();
        if (_exactNames.Find(name) is int exact and >= 0)
            selectors.AddRange(_exactSelectors[exact]);
        MatchAsRead(name, selectors);
        if (name.IndexOf((byte)'[') == 0)
            MatchAsRead(WithoutFirstBrackets(name), selectors);
        if (HasFirstDot(name))
            MatchAsRead(name[1..], selectors);
    }

    /// <summary>Node's qs with allowDots reads <c>.card.cvc</c> as <c>card[cvc]</c>.</summary>
    private static bool HasFirstDot(ReadOnlySpan<byte> name) => name.IndexOf((byte)'.') == 0;

    /// <summary>Node's qs reads <c>[card][cvc]</c> as <c>card[cvc]</c>.</summary>
    private static byte[] WithoutFirstBrackets(ReadOnlySpan<byte> name)
    {
        int closing = name.IndexOf((byte)']');
        return closing < 0 ? name[1..].ToArray() : [.. name[1..closing], .. name[(closing + 1)..]];
    }

    private void MatchAsRead(ReadOnlySpan<byte> name, List<int> selectors)
    {
        ReadOnlySpan<byte> read = AsPhpReads(name);
        if (read.ContainsAny("[]"u8))
            MatchOuterNames(read, selectors);
        else if (_foldedNames.Find(read) is int folded and >= 0)
            selectors.AddRange(_foldedSelectors[folded]);
        if (_prefixes.Length > 0)
            MatchPrefixes(name, read, selectors);
    }

    /// <summary>Whether <see cref="MatchPlain"/> could find a selector for this name, or it could be the form's charset. Mostly not, and this is the quick way to say so.</summary>
    internal bool MaySelect(ReadOnlySpan<byte> name) => name.IsEmpty || ((_lengths[name[0]] & _lengthsByLast[name[^1]]) >> Math.Min(name.Length, LengthMax) & 1) != 0;

    /// <summary>The same for a name of ASCII characters without spaces and brackets: one that no server reads otherwise but for its case and dots.</summary>
    internal void MatchPlain(ReadOnlySpan<byte> name, List<int> selectors)
    {
        selectors.Clear();
        if (_exactNames.Find(name, true) is int exact and >= 0)
            selectors.AddRange(_exactSelectors[exact]);
        MatchPlainAsRead(name, selectors);
        if (HasFirstDot(name))
            MatchPlainAsRead(name[1..], selectors);
    }

    private void MatchPlainAsRead(ReadOnlySpan<byte> name, List<int> selectors)
    {
        if (_foldedNames.Find(name, true) is int folded and >= 0)
            selectors.AddRange(_foldedSelectors[folded]);
        if (_prefixes.Length > 0)
            MatchPrefixes(name, name, selectors);
    }

    /// <summary>Whether a selector is <c>*</c> alone.</summary>
    internal bool TakesAllNames(int selector)
    {
        foreach ((byte[] beginning, _, int prefixed) in _prefixes)
        {
            if (prefixed == selector)
                return beginning.Length == 0;
        }

        return false;
    }

    private void NoteLengths()
    {
        if (_prefixes.Length > 0)
        {
            Array.Fill(_lengths, ulong.MaxValue);
            Array.Fill(_lengthsByLast, ulong.MaxValue);
        }

        byte[][] names = [.. _foldedNames.Names];
        foreach (byte[] name in names.Concat(names.Select(static name => (byte[])[(byte)'.', .. name])).Concat(_exactNames.Names).Append("_charset_"u8.ToArray()))
        {
            for (int i = 0; i < _lengths.Length && name.Length > 0; i++)
            {
                ulong length = 1UL << Math.Min(name.Length, LengthMax);
                if (NameFold.Ascii[i] == NameFold.Ascii[name[0]])
                    _lengths[i] |= length;
                if (NameFold.Ascii[i] == NameFold.Ascii[name[^1]])
                    _lengthsByLast[i] |= length;
            }
        }
    }

    // Servers keep `card[cvc][]` inside of `card[cvc]`, PHP reads `card[cvc][x` as that, and ASP.NET takes `card.cvc` for it.
    private void MatchOuterNames(ReadOnlySpan<byte> name, List<int> selectors)
    {
        Span<byte> joined = name.Length <= ShortNameBytes ? stackalloc byte[ShortNameBytes] : new byte[name.Length];
        int length = 0;
        foreach (byte value in name)
        {
            if (value != ']')
                joined[length++] = value == '[' ? Opening : value;
        }

        ReadOnlySpan<byte> folded = NameFold.FoldUnlessAscii(joined[..length]);
        foreach ((byte[] outer, int selector) in _outerNames)
        {
            if (BeginsWith(folded, outer) && (folded.Length == outer.Length || folded[outer.Length] == Opening))
                selectors.Add(selector);
        }
    }

    private static bool BeginsWith(ReadOnlySpan<byte> name, byte[] outer)
    {
        if (name.Length < outer.Length)
            return false;
        for (int i = 0; i < outer.Length; i++)
        {
            if (outer[i] != (name[i] == Opening ? (byte)'_' : NameFold.Ascii[name[i]]))
                return false;
        }

        return true;
    }

    private void MatchPrefixes(ReadOnlySpan<byte> name, ReadOnlySpan<byte> read, List<int> selectors)
    {
        ReadOnlySpan<byte> folded = NameFold.FoldUnlessAscii(read);
        foreach ((byte[] beginning, bool exactNames, int selector) in _prefixes)
        {
            if (exactNames ? name.StartsWith(beginning) : BeginsWith(folded, beginning))
                selectors.Add(selector);
        }
    }

    /// <summary>PHP drops spaces before a name, and what follows a closing bracket that no other opens after.</summary>
    private static ReadOnlySpan<byte> AsPhpReads(ReadOnlySpan<byte> name)
    {
        name = name.TrimStart((byte)' ');
        int end = name.IndexOf((byte)'[');
        if (end <= 0)
            return name;
        while (end < name.Length && name[end] == '[')
        {
            int closing = name[end..].IndexOf((byte)']');
            if (closing < 0)
                return name;
            end += closing + 1;
        }

        return name[..end];
    }

    private static (NameTable Names, int[][] Selectors) Build(IReadOnlyList<(FormName Name, bool ExactNames)> selectors, bool exact)
    {
        NameTable.Builder names = new(exact);
        List<List<int>> byName = [];
        for (int i = 0; i < selectors.Count; i++)
        {
            if (selectors[i].Name.IsPrefix || selectors[i].ExactNames != exact)
                continue;
            int number = names.Add(exact ? selectors[i].Name.Name : selectors[i].Name.Joined);
            if (number == byName.Count)
                byName.Add([]);
            byName[number].Add(i);
        }

        return (names.Build(), [.. byName.Select(list => list.ToArray())]);
    }
}
