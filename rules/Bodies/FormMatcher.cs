using System.Text;
using E3.Relay.Rules.Names;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Bodies;

/// <summary>All form selectors of a plan: which of them select a field of a given name.</summary>
internal sealed class FormMatcher
{
    private readonly NameTable _foldedNames, _exactNames;
    private readonly int[][] _foldedSelectors, _exactSelectors;
    private readonly (byte[] Beginning, bool ExactNames, int Selector)[] _prefixes;

    internal FormMatcher(IReadOnlyList<(FormName Name, bool ExactNames)> selectors)
    {
        List<(byte[], bool, int)> prefixes = [];
        (_foldedNames, _foldedSelectors) = Build(selectors, false);
        (_exactNames, _exactSelectors) = Build(selectors, true);
        for (int i = 0; i < selectors.Count; i++)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(selectors[i].Name.Name);
            if (selectors[i].Name.IsPrefix)
                prefixes.Add((selectors[i].ExactNames ? utf8 : NameFold.Fold(utf8), selectors[i].ExactNames, i));
        }

        _prefixes = [.. prefixes];
    }

    /// <summary>Adds the selectors that select a field of this name to <paramref name="selectors"/>.</summary>
    internal void Match(ReadOnlySpan<byte> name, List<int> selectors)
    {
        selectors.Clear();
        if (_exactNames.Find(name) is int exact and >= 0)
            selectors.AddRange(_exactSelectors[exact]);
        MatchFolded(AsPhpReads(name), selectors);
        if (_prefixes.Length > 0)
            MatchPrefixes(name, selectors);
    }

    private void MatchFolded(ReadOnlySpan<byte> name, List<int> selectors)
    {
        if (_foldedNames.Find(name) is int folded and >= 0)
            selectors.AddRange(_foldedSelectors[folded]);
    }

    private void MatchPrefixes(ReadOnlySpan<byte> name, List<int> selectors)
    {
        byte[] folded = NameFold.Fold(AsPhpReads(name));
        foreach ((byte[] beginning, bool exactNames, int selector) in _prefixes)
        {
            if (exactNames ? name.StartsWith(beginning) : folded.AsSpan().StartsWith(beginning))
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
            int number = names.Add(selectors[i].Name.Name);
            if (number == byName.Count)
                byName.Add([]);
            byName[number].Add(i);
        }

        return (names.Build(), [.. byName.Select(list => list.ToArray())]);
    }
}
