using System.Globalization;
using E3.Relay.Rules.Documents;
using E3.Relay.Rules.Explanations;
using E3.Relay.Rules.Matching;

namespace E3.Relay.Rules;

/// <content>Why a rule applies to a request or not.</content>
public sealed partial class RuleSet
{
    /// <summary>A request for each rule, in order.</summary>
    public IReadOnlyList<RuleOutline> Outline =>
        [.. _all.Select(rule => new RuleOutline(rule.Id, rule.Methods.FirstOrDefault(), rule.Hosts.FirstOrDefault(), rule.Path.Sample, rule.Request.Count > 0, rule.Response.Count > 0))];

    /// <summary>Every rule as it stands to one request, in the order in which they apply.</summary>
    /// <param name="method">The method.</param>
    /// <param name="host">The Host field.</param>
    /// <param name="target">The accepted target.</param>
    public IReadOnlyList<RuleExplanation> Explain(string method, string host, RequestTarget target)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(target);
        HostName.TrySplit(host, out string? name, out _);
        return [.. _all.Select(rule => Explain(rule, name, method, target))];
    }

    /// <summary>The set as it is when rules that only observe are applied.</summary>
    /// <param name="ruleId">Which; null for all of them.</param>
    public RuleSet ApplyObserving(string? ruleId = null) => new(
        App, Digest, [.. _all.Select(rule => ruleId is null || rule.Id == ruleId ? rule with { ObservesUntil = null } : rule)], _passesUnmatched);

    private static RuleExplanation Explain(RuleModel rule, string? host, string method, RequestTarget target)
    {
        (RuleVerdict verdict, string reason) = (RuleVerdict.Applies, "");
        if (!rule.Path.Matches(target.FoldedSegments))
            (verdict, reason) = (RuleVerdict.OtherPath, $"path {target.Path} is not under {rule.Path.Text}");
        else if (!rule.MatchesHost(host))
            (verdict, reason) = (RuleVerdict.OtherHost, $"host {host} is none of {string.Join(", ", rule.Hosts)}");
        else if (!rule.MatchesMethod(method))
            (verdict, reason) = (RuleVerdict.OtherMethod, $"method {method} is none of {string.Join(", ", rule.Methods)}");
        else if (rule.ObservesUntil is { } until)
            (verdict, reason) = (RuleVerdict.Observes, string.Create(CultureInfo.InvariantCulture, $"it only observes, until {until:yyyy-MM-dd}"));
        return new RuleExplanation(rule.Id, rule.File, rule.Line, verdict, reason, [.. rule.Request.Select(OperationWords.Explain)], [.. rule.Response.Select(OperationWords.Explain)]);
    }
}
