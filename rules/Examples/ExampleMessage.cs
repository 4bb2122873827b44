namespace E3.Relay.Rules.Examples;

/// <summary>A request or a response of an example.</summary>
public sealed record ExampleMessage
{
    /// <summary>The status of a response.</summary>
    public int Status { get; init; } = 200;

    /// <summary>The Content-Type field; null for none.</summary>
    public string? ContentType { get; init; }

    /// <summary>Further fields, in order.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>The body, with placeholders for tokens; null for none.</summary>
    public ExampleText? Body { get; init; }
}
