namespace E3.Relay.Rules.Documents;

/// <summary>Finds what operations load with and is probably not meant: values that would be preserved twice, and rules that observe in vain.</summary>
internal sealed class OperationWarningFinder(IReadOnlyList<RuleModel> rules, SearchBudget budget, Action<DocumentNode, RuleModel, RuleProblemCode, string> warn)
{
    private readonly MeetingIndex _index = new(methodsMatter: false);

    /// <summary>Judges all rules of one set.</summary>
    /// <param name="passesUnmatched">Whether bodies on paths without rules pass.</param>
    /// <param name="today">The day of now in UTC; null when it does not matter.</param>
    internal void Find(bool passesUnmatched, DateOnly? today)
    {
        foreach (RuleModel rule in rules)
            _index.Add(rule);
        foreach (RuleModel rule in rules)
        {
            foreach (OperationModel operation in rule.Request.Where(operation => operation is { Action: FieldAction.Encrypt, Preserve: not null }))
                JudgePreserve(operation, rule);
            JudgeOtherTypes(rule.Request, rule);
            JudgeOtherTypes(rule.Response, rule);
            if (rule.ObservesUntil is { } until)
                JudgeObservation(rule, until, passesUnmatched, today);
        }
    }

    /// <summary>The same fields come as the other type of form too, and pass.</summary>
    private void JudgeOtherTypes(IReadOnlyList<OperationModel> operations, RuleModel rule)
    {
        bool form = operations.Any(operation => operation.Form.Count > 0 || operation.Tokens), multipart = operations.Any(operation => operation.Multipart.Count > 0 || operation.Tokens);
        if (!rule.PassesOtherTypes || form == multipart)
            return;
        (string listed, string other) = form ? ("form", "multipart") : ("multipart", "form");
        warn(operations.First(operation => operation.Form.Count + operation.Multipart.Count > 0).Node, rule, RuleProblemCode.FormWithoutMultipart,
            $"selects in '{listed}' and not in '{other}', and 'otherTypes: pass' lets the same fields pass there: most servers read both; list the names under both, or remove 'otherTypes: pass'");
    }

    /// <summary>What preserve makes looks like any other value: what a page shows of it and sends again is encrypted once more.</summary>
    private void JudgePreserve(OperationModel preserve, RuleModel rule)
    {
        foreach (RuleModel other in Near(rule).Where(rule.SharesResource))
        {
            OperationModel? shown = other.Response.FirstOrDefault(operation => budget.Take(preserve, operation, SearchBudget.Comparison) && WarningFinder.Meet(preserve, operation) && !(operation.Action == FieldAction.Decrypt && operation.Preserve == preserve.Preserve));
            if (shown is null)
                continue;
            warn(preserve.Node, rule, RuleProblemCode.PreservedAndShown,
                $"rule '{other.Id}' (line {shown.Node.Line}) shows the field as it is after 'preserve': sent again, it would be encrypted twice, and nothing can tell; decrypt it there with the same 'preserve', or show it on another path");
            return;
        }
    }

    /// <summary>Rules that could share a resource with this one, in order.</summary>
    private IEnumerable<RuleModel> Near(RuleModel rule) => _index.Candidates(rule).Select(number => rules[number]);

    private void JudgeObservation(RuleModel rule, DateOnly until, bool passesUnmatched, DateOnly? today)
    {
        if (today > until)
            warn(rule.PathNode, rule, RuleProblemCode.ObservationOverdue, $"was to observe until {until:yyyy-MM-dd}, and protects nothing; apply it, remove it, or give it another day");
        if (!passesUnmatched && rule.Request.Count > 0 && !Near(rule).Any(other => other.ObservesUntil is null && other.Request.Count > 0 && rule.Overlaps(other)))
        {
            warn(rule.PathNode, rule, RuleProblemCode.ObservesNothing,
                "observes bodies that are refused: no applied rule is for them, and an observing rule lets nothing pass; write 'unmatched: pass' for the file, or a rule that is applied");
        }
    }
}
