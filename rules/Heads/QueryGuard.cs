using System.Text;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Documents;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Heads;

/// <summary>
/// Finds fields of a form in a query: many servers read both as one set of fields, and a value in the query would pass a form selector by. It may stand there
/// when a query selector does the same to it.
/// </summary>
internal sealed class QueryGuard
{
    /// <summary>The field in which many frameworks take the method from a form or a query: Rails, Laravel, Symfony, Spring, Express.</summary>
    internal static FormName MethodField { get; } = FormName.Parse("_method");

    private readonly FormMatcher _form;
    private readonly FormMatcher? _query;
    private readonly OperationModel[] _formModels, _queryModels;

    private QueryGuard(List<(FormName, OperationModel)> form, List<(FormName, OperationModel)> query)
    {
        _form = new FormMatcher([.. form.Select(entry => (entry.Item1, entry.Item2.ExactNames))]);
        _query = query.Count == 0 ? null : new FormMatcher([.. query.Select(entry => (entry.Item1, entry.Item2.ExactNames))]);
        (_formModels, _queryModels) = ([.. form.Select(entry => entry.Item2)], [.. query.Select(entry => entry.Item2)]);
    }

    /// <summary>The guard of these request operations; null when there is nothing to look for.</summary>
    /// <param name="operations">The operations.</param>
    /// <param name="methodMatters">Other methods have other rules, so that the query may not name one.</param>
    internal static QueryGuard? Create(IReadOnlyList<OperationModel> operations, bool methodMatters)
    {
        List<(FormName, OperationModel)> form = [], query = [];
        foreach (OperationModel operation in operations)
        {
            form.AddRange(operation.Form.Concat(operation.Multipart).Select(selector => (selector.Selector, operation)));
            query.AddRange(operation.Head.Query.Select(selector => (selector.Selector, operation)));
        }

        if (methodMatters && operations.Count > 0)
            form.Add((MethodField, operations[0]));
        return form.Count == 0 ? null : new QueryGuard(form, query);
    }

    /// <summary>The rule whose form selector names an uncovered field of the query, or null. A selector of all names says nothing about queries.</summary>
    /// <param name="query">The query with its question mark, or nothing.</param>
    internal string? FindRule(string query)
    {
        if (query.Length < 2)
            return null;
        byte[] utf8 = Encoding.UTF8.GetBytes(query);
        byte[] decoded = new byte[utf8.Length];
        ReadOnlySpan<byte> rest = utf8.AsSpan(1);
        while (!rest.IsEmpty)
        {
            int length = rest.IndexOfAny((byte)'&', (byte)';');
            if (FindRule(rest[..(length < 0 ? rest.Length : length)], decoded) is { } rule)
                return rule;
            rest = length < 0 ? default : rest[(length + 1)..];
        }

        return null;
    }

    private string? FindRule(ReadOnlySpan<byte> field, Span<byte> decoded)
    {
        string? rule = Judge(field.IndexOf((byte)'=') is int equals and >= 0 ? field[..equals] : field, decoded);
        // Some servers look for the last question mark.
        while (rule is null && field.IndexOf((byte)'?') is int mark and >= 0)
        {
            field = field[(mark + 1)..];
            rule = Judge(field.IndexOfAny((byte)'=', (byte)'?') is int end and >= 0 ? field[..end] : field, decoded);
        }

        return rule;
    }

    private string? Judge(ReadOnlySpan<byte> raw, Span<byte> decoded)
    {
        // Some servers end a name at NUL.
        ReadOnlySpan<byte> name = decoded[..FormText.DecodeLeniently(raw, decoded)];
        name = name.IndexOf((byte)0) is int end and >= 0 ? name[..end] : name;
        List<int> form = [], covering = [];
        _form.Match(name, form);
        if (form.Count > 0)
            _query?.Match(name, covering);
        foreach (int selector in form)
        {
            if (!_form.TakesAllNames(selector) && !covering.Exists(other => _queryModels[other].DoesSameAs(_formModels[selector])))
                return _formModels[selector].RuleId;
        }

        return null;
    }
}
