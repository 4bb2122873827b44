using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Heads;

/// <summary>All header selectors of a plan: which of them select a field of a given name.</summary>
internal sealed class HeaderMatcher
{
    private static readonly HeaderNameComparer Folded = new(false), Exact = new(true);

    private readonly Dictionary<string, List<int>> _folded = new(Folded), _exact = new(Exact);
    private readonly List<(string Beginning, HeaderNameComparer Comparer, int Target)> _prefixes = [];

    internal HeaderMatcher(IEnumerable<(HeaderName Name, bool ExactNames, int Target)> selectors)
    {
        foreach ((HeaderName name, bool exact, int target) in selectors)
        {
            Dictionary<string, List<int>> names = exact ? _exact : _folded;
            if (name.IsPrefix)
                _prefixes.Add((name.Name, exact ? Exact : Folded, target));
            else if (names.TryGetValue(name.Name, out List<int>? targets))
                targets.Add(target);
            else
                names.Add(name.Name, [target]);
        }
    }

    /// <summary>Adds the targets of the selectors that select a field of this name to <paramref name="targets"/>.</summary>
    internal void Match(string name, List<int> targets)
    {
        targets.Clear();
        if (_folded.TryGetValue(name, out List<int>? found))
            targets.AddRange(found);
        if (_exact.TryGetValue(name, out found))
            targets.AddRange(found);
        foreach ((string beginning, HeaderNameComparer comparer, int target) in _prefixes)
        {
            if (comparer.StartsWith(name, beginning))
                targets.Add(target);
        }
    }
}
