namespace E3.Relay.Rules;

/// <summary>The head of a message after the rules.</summary>
/// <param name="Target">The target that goes upstream; null when it stays as it came, and in responses.</param>
/// <param name="Lines">The header lines, in the order and number in which they came.</param>
public sealed record HeadEdit(RequestTarget? Target, IReadOnlyList<HeaderLine> Lines)
{
    /// <summary>No data: values never reach a log.</summary>
    public override string ToString() => nameof(HeadEdit);
}
