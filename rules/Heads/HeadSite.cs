namespace E3.Relay.Rules.Heads;

/// <summary>Where a selected value stands in the head of a message.</summary>
/// <param name="Part">In which part.</param>
/// <param name="Line">The header line, from 0, or the segment of the path, from 1; 0 in a query.</param>
/// <param name="Start">First character in the line or in the query.</param>
/// <param name="Length">Characters.</param>
/// <param name="WantsEquals">A query name without an equals sign: writing a value adds one.</param>
internal readonly record struct HeadSite(HeadPart Part, int Line, int Start, int Length, bool WantsEquals = false);
