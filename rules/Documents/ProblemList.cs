namespace E3.Relay.Rules.Documents;

/// <summary>Gathers the problems of one file, mistakes and warnings.</summary>
internal sealed class ProblemList(string file)
{
    private readonly List<RuleProblem> _problems = [];

    internal string File => file;

    /// <summary>The rule that is being read.</summary>
    internal string? RuleId { get; set; }

    internal IEnumerable<RuleProblem> InOrder => _problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column);

    internal void Add(DocumentNode node, RuleProblemCode code, string message) => Add(node.Line, node.Column, code, message);

    internal void Add(int line, int column, RuleProblemCode code, string message) =>
        _problems.Add(new RuleProblem(file, line, column, RuleId, code, message));

    internal void Add(DocumentNode node, string? ruleId, RuleProblemCode code, string message) =>
        _problems.Add(new RuleProblem(file, node.Line, node.Column, ruleId, code, message));

    /// <summary>Adds what is probably not meant and does not keep the rules from being used.</summary>
    internal void Warn(DocumentNode node, RuleProblemCode code, string message) => Warn(node, RuleId, code, message);

    internal void Warn(DocumentNode node, string? ruleId, RuleProblemCode code, string message) =>
        _problems.Add(new RuleProblem(file, node.Line, node.Column, ruleId, code, message, RuleProblemSeverity.Warning));
}
