namespace E3.Relay.Rules.Examples;

/// <summary>What a piece of an example's text is.</summary>
public enum ExamplePartKind
{
    /// <summary>The text itself.</summary>
    Text,

    /// <summary>A token that opens under the operation that meets it.</summary>
    Token,

    /// <summary>A well-formed token that opens nowhere.</summary>
    Foreign,

    /// <summary>The request's body as it went upstream.</summary>
    Sent,
}
