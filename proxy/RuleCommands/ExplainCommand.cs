using E3.Relay.Proxy.Pipeline;
using E3.Relay.Rules;
using E3.Relay.Rules.Explanations;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary><c>rules explain</c>: what applies to a request, and why the rest does not.</summary>
internal static class ExplainCommand
{
    private const int Red = 31, Green = 32, Dim = 2;

    public static CommandExit Run(CommandContext context, string method, string url, string? type, IReadOnlyList<string> paths, bool together)
    {
        RequestLine line = RequestLine.Parse(url);
        if (RuleFileSets.LoadOrReport(context, paths, together) is not { } sets)
            return CommandExit.Failed;
        // A host that is none could be any, so that every rule's hosts match.
        string host = line.Host ?? "";
        context.Output.WriteLine($"{method} {line.Target} at {line.Host ?? "any host"}, {type ?? "no content type"}");
        if (!RequestTarget.TryParse(line.Target, host, out RequestTarget? target, out TargetError error))
        {
            RelayError refusal = RelayErrors.OfTarget(error);
            context.Output.WriteLine(context.Paint(Red, $"the target is refused: {refusal.Status} {refusal.Code}: two servers could read it differently"));
            return CommandExit.Success;
        }

        if (target.Forwarded != line.Target)
            context.Output.WriteLine($"taken and forwarded as {target.Forwarded}");
        for (int i = 0; i < sets.Count; i++)
        {
            if (sets.Count > 1)
                context.Output.WriteLine($"\n{CommandContext.NameOf(paths[i])}");
            Explain(context, sets[i], method, host, target, type);
        }

        return CommandExit.Success;
    }

    private static void Explain(CommandContext context, RuleSet rules, string method, string host, RequestTarget target, string? type)
    {
        IReadOnlyList<RuleExplanation> explanations = rules.Explain(method, host, target);
        RuleExplanation[] applying = [.. explanations.Where(rule => rule.Verdict == RuleVerdict.Applies)];
        context.Output.WriteLine(applying.Length == 0 ? "no rule applies" : "rules that apply, in order:");
        foreach (RuleExplanation rule in applying)
        {
            context.Output.WriteLine(context.Paint(Green, $"  {rule.RuleId} ({rule.File}:{rule.Line})"));
            WriteOperations(context, "request", rule.Request);
            WriteOperations(context, "response", rule.Response);
        }

        RequestPlan plan = rules.Plan(method, host, target);
        context.Output.WriteLine($"a request body: {Words(plan.ForRequest(type, hasBody: true), plan.MatchedAnyRule)}");
        context.Output.WriteLine($"a request without a body: {Words(plan.ForRequest(null, hasBody: false), matched: true)}");
        context.Output.WriteLine($"a response body: {(plan.HasResponseRules ? Words(plan.ForResponse(type, hasBody: true), matched: true) : "passes as it came: no response rule applies")}");
        foreach (RuleExplanation rule in explanations.Where(rule => rule.Verdict != RuleVerdict.Applies))
            context.Output.WriteLine(context.Paint(Dim, $"not {rule.RuleId} ({rule.File}:{rule.Line}): {rule.Reason}"));
    }

    private static void WriteOperations(CommandContext context, string direction, IReadOnlyList<OperationExplanation> operations)
    {
        foreach (OperationExplanation operation in operations)
        {
            context.Output.WriteLine($"    {direction}, line {operation.Line}: {operation.Text}");
            foreach ((string place, IReadOnlyList<string> selectors) in operation.Selectors)
                context.Output.WriteLine($"      {place}: {string.Join(", ", selectors)}");
        }
    }

    private static string Words(BodyPlanResult result, bool matched)
    {
        if (result.Refusal is { } refusal)
            return $"refused with {refusal.Status} {refusal.Name}{(refusal.RuleId is null ? "" : $" by rule '{refusal.RuleId}'")}";
        if (result.Plan is { Operations.Count: 0 })
            return "passes as it came, unless a field stands in it that a rule selects in the query";
        if (result.Plan is { } plan)
            return $"edited by {string.Join(", ", plan.Operations.Select(operation => $"{operation.Action.ToString().ToLowerInvariant()} of '{operation.RuleId}'"))}";
        return matched ? "passes as it came" : "passes as it came: nothing is said against it";
    }
}
