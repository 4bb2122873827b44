namespace E3.Relay.Rules.Grammar;

/// <summary>A key of a mapping.</summary>
/// <param name="Name">The key.</param>
/// <param name="Value">What may stand there.</param>
/// <param name="Meaning">One line for the author of a rule.</param>
internal sealed record KeyShape(string Name, ValueShape Value, string Meaning)
{
    /// <summary>The mapping is not complete without it.</summary>
    internal bool IsRequired { get; init; }
}
