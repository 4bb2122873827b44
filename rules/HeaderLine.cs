namespace E3.Relay.Rules;

/// <summary>One line of a message's header section.</summary>
/// <param name="Name">The field's name.</param>
/// <param name="Value">The line's value, one character for each byte (ISO 8859-1).</param>
public readonly record struct HeaderLine(string Name, string Value)
{
    /// <summary>The name only: the value never reaches a log.</summary>
    public override string ToString() => $"HeaderLine {Name}";
}
