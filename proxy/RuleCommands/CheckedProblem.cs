namespace E3.Relay.Proxy.RuleCommands;

/// <summary>One mistake or warning.</summary>
/// <param name="File">The file as it was named.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1.</param>
/// <param name="Severity"><c>error</c> or <c>warning</c>.</param>
/// <param name="Code">The stable name of the kind.</param>
/// <param name="Rule">The rule; null when it is about none.</param>
/// <param name="Message">What is wrong and what to do.</param>
internal sealed record CheckedProblem(string File, int Line, int Column, string Severity, string Code, string? Rule, string Message);
