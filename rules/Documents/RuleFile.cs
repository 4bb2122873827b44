namespace E3.Relay.Rules.Documents;

/// <summary>One file as it was read.</summary>
/// <param name="App">The app; null when it is missing or wrong.</param>
/// <param name="AppNode">Where the app stands.</param>
/// <param name="PassesUnmatched">The file says <c>unmatched: pass</c>.</param>
/// <param name="Rules">The rules that could be read.</param>
/// <param name="Ids">The ids of all rules, and where they stand.</param>
/// <param name="Problems">What is wrong.</param>
internal sealed record RuleFile(
    string? App,
    ScalarNode? AppNode,
    bool PassesUnmatched,
    IReadOnlyList<RuleModel> Rules,
    IReadOnlyList<ScalarNode> Ids,
    ProblemList Problems);
