using E3.Relay.Rules.Matching;

namespace E3.Relay.Rules.Documents;

/// <summary>
/// Rules by what a request that matches them must have, so that those that could meet a rule are found without asking all. Each aspect of a request (a segment of its
/// path, its host, its method) sorts the rules by the values that they demand; a rule that demands none may meet any. The aspect that leaves fewest rules is used.
/// </summary>
/// <param name="methodsMatter">Whether rules for other methods do not meet.</param>
internal sealed class MeetingIndex(bool methodsMatter = true)
{
    private const int FirstSegments = 8, LastSegments = 4;

    private readonly Aspect[] _aspects =
    [
        new(static rule => rule.Hosts),
        new(rule => !methodsMatter ? [] : rule.Methods.Contains("GET") ? [.. rule.Methods, "HEAD"] : rule.Methods),
        .. Enumerable.Range(0, FirstSegments).Select(static i => new Aspect(rule => SegmentAt(rule.Path.Segments, i))),
        .. Enumerable.Range(0, LastSegments).Select(static i => new Aspect(rule => SegmentAt(rule.Path.Segments.Reverse(), i))),
    ];

    private readonly List<int> _all = [], _found = [];

    /// <summary>Adds the next rule; its number is how many were added before.</summary>
    internal void Add(RuleModel rule)
    {
        foreach (Aspect aspect in _aspects)
            aspect.Add(rule, _all.Count);
        _all.Add(_all.Count);
    }

    /// <summary>The numbers, ascending, of rules that could meet this one: all that do, and some that do not. Good until the next call.</summary>
    internal IReadOnlyList<int> Candidates(RuleModel rule)
    {
        Aspect best = _aspects.MinBy(aspect => aspect.Count(rule, _all.Count))!;
        return best.Candidates(rule, _found) ?? _all;
    }

    /// <summary>What a path must have at this place. Nothing in particular under and behind wildcards; "", which no segment is, where the path ends before.</summary>
    private static string[] SegmentAt(IEnumerable<string> segments, int place)
    {
        foreach (string segment in segments)
        {
            if (segment == PathPattern.Many)
                return [];
            if (place-- == 0)
                return segment == PathPattern.One ? [] : [segment];
        }

        return [""];
    }

    /// <param name="demands">The values of which a request that matches the rule must have one; none when it may have any.</param>
    private sealed class Aspect(Func<RuleModel, IReadOnlyList<string>> demands)
    {
        private readonly Dictionary<string, List<int>> _demanding = new(StringComparer.Ordinal);
        private readonly List<int> _others = [];

        internal void Add(RuleModel rule, int number)
        {
            IReadOnlyList<string> values = demands(rule);
            if (values.Count == 0)
                _others.Add(number);
            foreach (string value in values.Distinct(StringComparer.Ordinal))
            {
                if (!_demanding.TryGetValue(value, out List<int>? list))
                    _demanding.Add(value, list = []);
                list.Add(number);
            }
        }

        /// <summary>How many candidates there are, of so many rules.</summary>
        internal int Count(RuleModel rule, int all)
        {
            IReadOnlyList<string> values = demands(rule);
            return values.Count == 0 ? all : _others.Count + values.Sum(value => _demanding.GetValueOrDefault(value)?.Count ?? 0);
        }

        /// <summary>The candidates; null for all rules.</summary>
        internal List<int>? Candidates(RuleModel rule, List<int> found)
        {
            IReadOnlyList<string> values = demands(rule);
            if (values.Count == 0)
                return null;
            if (values.Count == 1 && _others.Count == 0)
                return _demanding.GetValueOrDefault(values[0]) ?? [];
            found.Clear();
            foreach (string value in values)
                found.AddRange(_demanding.GetValueOrDefault(value) ?? []);
            found.AddRange(_others);
            found.Sort();
            return found;
        }
    }
}
