namespace E3.Relay.Rules.Documents;

/// <summary>
/// Finds contexts that are bound to a segment of the path in which clients send tokens. What is bound is the segment as the client sent it; the same value has many tokens,
/// so what is made under one of them would open under no other.
/// </summary>
internal static class BoundSegmentFinder
{
    internal static void Find(IReadOnlyList<RuleModel> rules, Action<OperationModel, RuleModel, string> report)
    {
        RuleModel[] binding = [.. rules.Where(rule => Operations(rule).Any(BindsSegment))];
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
            if (operation.Binds.FirstOrDefault(bind => opening.Head.Path.Exists(segment => segment.Selector == bind.PathSegment)) is { } source)
            {
                report(operation, bound,
                    $"'{source.Text}' is bound as the client sends it, and rule '{opening.RuleId}' (line {opening.Node.Line}) takes tokens there, which are many for one value; bind something that stays the same");
            }
        }
    }

    private static IEnumerable<OperationModel> Operations(RuleModel rule) => rule.Request.Concat(rule.Response);

    private static bool BindsSegment(OperationModel operation) => operation.Binds.Any(bind => bind.PathSegment > 0);

    private static bool TakesTokens(OperationModel operation) => operation.Head.Path.Count > 0
        && (operation.Action is FieldAction.Decrypt or FieldAction.Rewrap || (operation.Action == FieldAction.Encrypt && operation.Incoming == IncomingTokens.Verify));
}
