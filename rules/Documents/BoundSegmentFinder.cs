using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Documents;

/// <summary>
/// Finds contexts that are bound to a part of the request's head in which clients send tokens. What is bound is what the client sent; the same value has many tokens,
/// so what is made under one of them would open under no other.
/// </summary>
internal static class BoundSegmentFinder
{
    internal static void Find(IReadOnlyList<RuleModel> rules, Action<OperationModel, RuleModel, string> report)
    {
        RuleModel[] binding = [.. rules.Where(rule => Operations(rule).Any(BindsHead))];
        if (binding.Length == 0)
            return;
        MeetingIndex index = new();
        foreach (RuleModel rule in binding)
            index.Add(rule);
        foreach (RuleModel rule in rules)
        {
            foreach (OperationModel opening in rule.Request.Where(TakesTokens))
            {
                foreach (RuleModel bound in index.Candidates(rule).Distinct().Select(number => binding[number]).Where(rule.Overlaps))
                    Judge(opening, bound, report);
            }
        }
    }

    private static void Judge(OperationModel opening, RuleModel bound, Action<OperationModel, RuleModel, string> report)
    {
        foreach (OperationModel operation in Operations(bound))
        {
            if (operation.Binds.FirstOrDefault(bind => Selects(opening, bind, operation.ExactNames)) is { } source)
            {
                report(operation, bound,
                    $"'{source.Text}' is bound as the client sends it, and rule '{opening.RuleId}' (line {opening.Node.Line}) takes tokens there, which are many for one value; bind something that stays the same");
            }
        }
    }

    private static bool Selects(OperationModel opening, BindSource bind, bool exact) =>
        opening.Head.Path.Exists(segment => segment.Selector == bind.PathSegment)
        || (bind.Query is { } query && opening.Head.Query.Exists(selector => SelectorOverlap.Meet(selector.Selector, opening.ExactNames, query, exact)))
        || (bind.Header is { } header && opening.Head.Header.Exists(selector => HeaderName.Meet(selector.Selector, opening.ExactNames, header, exact)));

    private static IEnumerable<OperationModel> Operations(RuleModel rule) => rule.Request.Concat(rule.Response);

    private static bool BindsHead(OperationModel operation) => operation.Binds.Any(bind => bind.IsOfHead);

    private static bool TakesTokens(OperationModel operation) => !operation.Head.IsEmpty
        && (operation.Action is FieldAction.Decrypt or FieldAction.Rewrap || (operation.Action == FieldAction.Encrypt && operation.Incoming == IncomingTokens.Verify));
}
