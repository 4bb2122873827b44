using E3.Relay.Rules.Documents;

namespace E3.Relay.Rules.Matching;

/// <summary>The rules of one path pattern by their hosts.</summary>
internal sealed class HostTable
{
    private Dictionary<string, MethodTable>? _named;
    private MethodTable? _any;

    // The rules that name hosts, for requests that could be to any.
    private MethodTable? _allNamed;

    internal void Add(int number, RuleModel rule)
    {
        if (rule.Hosts.Count == 0)
        {
            (_any ??= new MethodTable()).Add(number, rule);
            return;
        }

        (_allNamed ??= new MethodTable()).Add(number, rule);
        _named ??= new(StringComparer.Ordinal);
        foreach (string host in rule.Hosts.Distinct(StringComparer.Ordinal))
        {
            if (!_named.TryGetValue(host, out MethodTable? table))
                _named.Add(host, table = new MethodTable());
            table.Add(number, rule);
        }
    }

    /// <summary>Adds the groups of rules that match, and counts the rules that name other methods alone.</summary>
    /// <param name="method">The method.</param>
    /// <param name="host">The name of the host; null when it could be any.</param>
    /// <param name="groups">Receives the groups.</param>
    /// <param name="others">Counts the rules of the path and host that do not match.</param>
    internal void Match(string method, string? host, ref IndexList groups, ref RuleCounts others)
    {
        _any?.Match(method, ref groups, ref others);
        if (_named is null)
            return;
        if (host is null)
            _allNamed!.Match(method, ref groups, ref others);
        else if (_named.TryGetValue(host, out MethodTable? table))
            table.Match(method, ref groups, ref others);
    }

    internal void Seal(List<int[]> lists, Dictionary<int[], int> numbers)
    {
        _any?.Seal(lists, numbers);
        _allNamed?.Seal(lists, numbers);
        foreach (MethodTable table in _named?.Values ?? Enumerable.Empty<MethodTable>())
            table.Seal(lists, numbers);
    }
}
