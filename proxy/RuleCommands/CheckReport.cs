namespace E3.Relay.Proxy.RuleCommands;

/// <summary>What <c>rules check --json</c> writes.</summary>
/// <param name="Files">How many files were read.</param>
/// <param name="Errors">How many mistakes they have.</param>
/// <param name="Warnings">How many warnings there are.</param>
/// <param name="Problems">Both, by file, line and column.</param>
internal sealed record CheckReport(int Files, int Errors, int Warnings, IReadOnlyList<CheckedProblem> Problems);
