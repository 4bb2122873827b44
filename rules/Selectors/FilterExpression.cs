using System.Text.RegularExpressions;

namespace E3.Relay.Rules.Selectors;

/// <summary>What a filter asks of a child (RFC 9535, section 2.3.5).</summary>
internal abstract record FilterExpression
{
    internal sealed record Any(IReadOnlyList<FilterExpression> Terms) : FilterExpression;

    internal sealed record All(IReadOnlyList<FilterExpression> Terms) : FilterExpression;

    internal sealed record Not(FilterExpression Term) : FilterExpression;

    /// <summary>The query selects something.</summary>
    internal sealed record Exists(FilterQuery Query) : FilterExpression;

    internal sealed record Compares(FilterOperand Left, FilterComparison How, FilterOperand Right) : FilterExpression;

    /// <summary><c>match</c> and <c>search</c>.</summary>
    /// <param name="Text">What is looked at; anything but a string does not match.</param>
    /// <param name="Pattern">The I-Regexp (RFC 9485); one that is none does not match.</param>
    /// <param name="IsWhole">Whether it must match all of the text.</param>
    internal sealed record Matches(FilterOperand Text, FilterOperand Pattern, bool IsWhole) : FilterExpression
    {
        /// <summary>The pattern when it is a literal.</summary>
        internal Regex? Literal { get; init; }
    }
}
