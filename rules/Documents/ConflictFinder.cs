using E3.Relay.Rules.Selectors;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Documents;

/// <summary>Finds different operations that would select the same value of the same message.</summary>
internal sealed class ConflictFinder(SearchBudget budget, Action<OperationModel, RuleModel, string> report)
{
    /// <summary>Finds them in a set of rules, as far as the budget goes.</summary>
    internal void Find(IReadOnlyList<RuleModel> rules)
    {
        MeetingIndex earlier = new();
        int?[] kinds = KindsOf(rules);
        for (int i = 0; i < rules.Count && !budget.IsOver; i++)
        {
            RuleModel rule = rules[i];
            int last = -1;
            foreach (int number in earlier.Candidates(rule))
            {
                if (!budget.Take())
                    return;
                // A rule of several hosts or methods may come up several times.
                if (number == last || (kinds[i] is { } kind && kinds[number] == kind) || !rule.Overlaps(rules[number]))
                    continue;
                last = number;
                Find(rules[number], rule);
            }

            Find(rule, rule);
            earlier.Add(rule);
        }
    }

    /// <summary>A number for what each rule does to values, equal for those that do the same; null for a rule that does several things.</summary>
    private static int?[] KindsOf(IReadOnlyList<RuleModel> rules)
    {
        Dictionary<(FieldAction, string), List<(OperationModel Operation, int Kind)>> known = [];
        int count = 0;
        return [.. rules.Select(rule => rule.Request.Concat(rule.Response).Select(KindOf).Distinct().ToArray() is [int kind] ? kind : (int?)null)];

        int KindOf(OperationModel operation)
        {
            if (!known.TryGetValue((operation.Action, operation.Role), out List<(OperationModel Operation, int Kind)>? alike))
                known.Add((operation.Action, operation.Role), alike = []);
            foreach ((OperationModel other, int kind) in alike)
            {
                if (other.DoesSameAs(operation))
                    return kind;
            }

            alike.Add((operation, count));
            return count++;
        }
    }

    /// <summary>Finds those of two rules that can meet on a request, or of one with itself.</summary>
    internal void Find(RuleModel earlier, RuleModel later)
    {
        Find(earlier.Request, later.Request, later);
        Find(earlier.Response, later.Response, later);
    }

    private void Find(IReadOnlyList<OperationModel> earlier, IReadOnlyList<OperationModel> later, RuleModel rule)
    {
        foreach (OperationModel second in later)
        {
            foreach (OperationModel first in earlier)
            {
                if (ReferenceEquals(first, second))
                    break;
                if (!budget.Take())
                    return;
                if (!first.DoesSameAs(second) && budget.Take(first, second) && FindMeeting(first, second) is { } selectors && budget.TakeReport())
                    report(second, rule, $"{selectors} of rule '{first.RuleId}' (line {first.Node.Line}), which does something else to it");
            }
        }
    }

    private string? FindMeeting(OperationModel first, OperationModel second)
    {
        if (first.Tokens && second.Tokens)
            return "'tokens: true' selects the same tokens as that";
        if (first.Body && second.Body)
            return "'body: true' selects the same body as that";
        foreach (SelectorModel<JsonPath> a in second.Json)
        {
            if (first.Json.FirstOrDefault(b => Meet(a.Selector, second.ExactNames, b.Selector, first.ExactNames)) is { } met)
                return $"'{a.Selector.Text}' selects the same value as '{met.Selector.Text}'";
        }

        foreach (SelectorModel<FormName> a in second.Form)
        {
            if (first.Form.FirstOrDefault(b => SelectorOverlap.Meet(a.Selector, second.ExactNames, b.Selector, first.ExactNames)) is { } met)
                return $"form name '{a.Selector.Text}' selects the same field as '{met.Selector.Text}'";
        }

        foreach (SelectorModel<XmlPath> a in second.Xml)
        {
            if (first.Xml.FirstOrDefault(b => XmlOverlap.Meet(a.Selector, second.ExactNames, b.Selector, first.ExactNames)) is { } met)
                return $"'{a.Selector.Text}' selects the same value as '{met.Selector.Text}'";
        }

        foreach (SelectorModel<FormName> a in second.Multipart)
        {
            if (first.Multipart.FirstOrDefault(b => SelectorOverlap.Meet(a.Selector, second.ExactNames, b.Selector, first.ExactNames)) is { } met)
                return $"multipart name '{a.Selector.Text}' selects the same part as '{met.Selector.Text}'";
        }

        foreach (SelectorModel<TextPattern> a in second.Text)
        {
            if (first.Text.Any(b => b.Selector.Text == a.Selector.Text))
                return $"pattern '{a.Selector.Text}' selects the same text as that";
        }

        return HeadOverlap.FindMeeting(first, second);
    }

    private bool Meet(JsonPath a, bool exactA, JsonPath b, bool exactB) =>
        !SelectorOverlap.AreApart(a, exactA, b, exactB) && budget.Take(SearchBudget.Comparison) && SelectorOverlap.Meet(a, exactA, b, exactB);
}
