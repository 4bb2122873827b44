namespace E3.Relay.Rules.Examples;

/// <summary>A request or a response of an example.</summary>
public sealed record ExampleMessage
{
    /// <summary>The method of the request, or of the one that a response answers.</summary>
    public required string Method { get; init; }

    /// <summary>The raw target of the request, query included.</summary>
    public required string Path { get; init; }

    /// <summary>The Host field of the request, or of the one that a response answers.</summary>
    public required string Host { get; init; }

    /// <summary>The claims of the caller, by type.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Caller { get; init; }

    /// <summary>The status of a response.</summary>
    public int Status { get; init; } = 200;

    /// <summary>The Content-Type field; null for none.</summary>
    public string? ContentType { get; init; }

    /// <summary>Further fields, in order.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>The body, with placeholders for tokens; null for none.</summary>
    public ExampleText? Body { get; init; }
}
