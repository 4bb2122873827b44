namespace E3.Relay.Rules.Documents;

/// <summary>Gathers the problems of one file, mistakes and warnings: of each so many, and a line that says how many more there are.</summary>
internal sealed class ProblemList(string file)
{
    /// <summary>Most mistakes, and most warnings, that are kept.</summary>
    internal const int KeptMax = 100;

    private readonly List<RuleProblem> _mistakes = [], _warnings = [], _ends = [];
    private int _mistakesLeft, _warningsLeft;

    internal string File => file;

    /// <summary>The rule that is being read.</summary>
    internal string? RuleId { get; set; }

    internal IEnumerable<RuleProblem> InOrder => [.. _mistakes.Concat(_warnings).OrderBy(problem => problem.Line).ThenBy(problem => problem.Column), .. LeftOut(), .. _ends];

    internal void Add(DocumentNode node, RuleProblemCode code, string message) => Add(node.Line, node.Column, code, message);

    internal void Add(int line, int column, RuleProblemCode code, string message) =>
        AddMistake(new RuleProblem(file, line, column, RuleId, code, message));

    internal void Add(DocumentNode node, string? ruleId, RuleProblemCode code, string message) =>
        AddMistake(new RuleProblem(file, node.Line, node.Column, ruleId, code, message));

    /// <summary>Adds a mistake of the whole set, behind the others.</summary>
    internal void End(RuleProblemCode code, string message) => _ends.Add(new RuleProblem(file, 1, 1, null, code, message));

    /// <summary>Adds what is probably not meant and does not keep the rules from being used.</summary>
    internal void Warn(DocumentNode node, RuleProblemCode code, string message) => Warn(node, RuleId, code, message);

    internal void Warn(DocumentNode node, string? ruleId, RuleProblemCode code, string message)
    {
        if (_warnings.Count < KeptMax)
            _warnings.Add(new RuleProblem(file, node.Line, node.Column, ruleId, code, message, RuleProblemSeverity.Warning));
        else
            _warningsLeft++;
    }

    private void AddMistake(RuleProblem problem)
    {
        if (_mistakes.Count < KeptMax)
            _mistakes.Add(problem);
        else
            _mistakesLeft++;
    }

    private IEnumerable<RuleProblem> LeftOut()
    {
        if (_mistakesLeft > 0)
            yield return new RuleProblem(file, _mistakes[^1].Line, _mistakes[^1].Column, null, RuleProblemCode.LimitExceeded, $"{_mistakesLeft} more mistakes in this file are left out; mend these first");
        if (_warningsLeft > 0)
            yield return new RuleProblem(file, _warnings[^1].Line, _warnings[^1].Column, null, RuleProblemCode.WarningsIncomplete, $"{_warningsLeft} more warnings of this file are left out", RuleProblemSeverity.Warning);
    }
}
