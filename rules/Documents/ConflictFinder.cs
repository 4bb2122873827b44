using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Documents;

/// <summary>Finds different operations that would select the same value of the same message.</summary>
internal static class ConflictFinder
{
    internal static void Find(IReadOnlyList<RuleModel> rules, Action<OperationModel, RuleModel, string> report)
    {
        for (int i = 0; i < rules.Count; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                if (i != j && !rules[i].Overlaps(rules[j]))
                    continue;
                Find(rules[j].Request, rules[i].Request, rules[i], report);
                Find(rules[j].Response, rules[i].Response, rules[i], report);
            }
        }
    }

    private static void Find(
        IReadOnlyList<OperationModel> earlier, IReadOnlyList<OperationModel> later, RuleModel rule, Action<OperationModel, RuleModel, string> report)
    {
        foreach (OperationModel second in later)
        {
            foreach (OperationModel first in earlier)
            {
                if (ReferenceEquals(first, second))
                    break;
                if (!first.DoesSameAs(second) && FindMeeting(first, second) is { } selectors)
                    report(second, rule, $"{selectors} of rule '{first.RuleId}' (line {first.Node.Line}), which does something else to it");
            }
        }
    }

    private static string? FindMeeting(OperationModel first, OperationModel second)
    {
        foreach (SelectorModel<JsonPath> a in second.Json)
        {
            if (first.Json.FirstOrDefault(b => SelectorOverlap.Meet(a.Selector, second.ExactNames, b.Selector, first.ExactNames)) is { } met)
                return $"'{a.Selector.Text}' selects the same value as '{met.Selector.Text}'";
        }

        foreach (SelectorModel<FormName> a in second.Form)
        {
            if (first.Form.FirstOrDefault(b => SelectorOverlap.Meet(a.Selector, second.ExactNames, b.Selector, first.ExactNames)) is { } met)
                return $"form name '{a.Selector.Text}' selects the same field as '{met.Selector.Text}'";
        }

        return HeadOverlap.FindMeeting(first, second);
    }
}
