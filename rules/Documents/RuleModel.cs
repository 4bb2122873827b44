using E3.Relay.Rules.Examples;
using E3.Relay.Rules.Matching;

namespace E3.Relay.Rules.Documents;

/// <summary>One rule as it was read.</summary>
internal sealed record RuleModel
{
    internal required string Id { get; init; }

    internal required string File { get; init; }

    /// <summary>The line at which the rule begins.</summary>
    internal required int Line { get; init; }

    internal required PathPattern Path { get; init; }

    /// <summary>Where the path stands.</summary>
    internal required DocumentNode PathNode { get; init; }

    /// <summary>Host names in lower case; empty for any.</summary>
    internal required IReadOnlyList<string> Hosts { get; init; }

    /// <summary>Methods in upper case; empty for any.</summary>
    internal required IReadOnlyList<string> Methods { get; init; }

    /// <summary>A body may pass on the rule's path and hosts with a method that it does not name.</summary>
    internal bool PassesOtherMethods { get; init; }

    /// <summary>A body of a content type for which the rule has no selector may pass.</summary>
    internal bool PassesOtherTypes { get; init; }

    /// <summary>The last day on which the rule only observes, in UTC; null for a rule that is applied.</summary>
    internal DateOnly? ObservesUntil { get; init; }

    /// <summary>The caching headers of the rule's responses stay as the upstream sent them.</summary>
    internal bool KeepsCache { get; init; }

    /// <summary>Bodies over the limit are changed while they pass, and cut off where something is wrong with them.</summary>
    internal bool StreamsLarge { get; init; }

    /// <summary>Bodies in which the rule decrypts get the content coding again in which they came.</summary>
    internal bool KeepsCoding { get; init; }

    internal required IReadOnlyList<OperationModel> Request { get; init; }

    internal required IReadOnlyList<OperationModel> Response { get; init; }

    internal IReadOnlyList<RuleExample> Examples { get; init; } = [];

    /// <summary>The conditions of its operations: of a caller's claims, what is done depends on nothing else.</summary>
    internal IEnumerable<CallerCondition> Conditions => Request.Concat(Response).Select(operation => operation.For).OfType<CallerCondition>();

    /// <summary>The rule as it is for one caller.</summary>
    internal RuleModel Decide(ICaller? caller) =>
        this with { Request = [.. Request.Select(operation => operation.Decide(caller))], Response = [.. Response.Select(operation => operation.Decide(caller))] };

    /// <summary>Whether a request to this host could be for the rule: a host that is none could be any.</summary>
    /// <param name="host">The name; null for none.</param>
    internal bool MatchesHost(string? host) => Hosts.Count == 0 || host is null || Hosts.Contains(host);

    internal bool MatchesMethod(string method) => Methods.Count == 0 || Methods.Contains(method, StringComparer.OrdinalIgnoreCase)
        || (method.Equals("HEAD", StringComparison.OrdinalIgnoreCase) && Methods.Contains("GET"));

    /// <summary>Whether one request could match both rules.</summary>
    internal bool Overlaps(RuleModel other) =>
        (Methods.Count == 0 || other.Methods.Count == 0 || Methods.Any(other.MatchesMethod) || other.Methods.Any(MatchesMethod))
        && SharesResource(other);

    /// <summary>Whether some path on some host is under both rules, whatever the methods: what one lets in the other may show.</summary>
    internal bool SharesResource(RuleModel other) =>
        (Hosts.Count == 0 || other.Hosts.Count == 0 || Hosts.Intersect(other.Hosts).Any()) && Path.Overlaps(other.Path);
}
