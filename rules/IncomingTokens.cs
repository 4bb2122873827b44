namespace E3.Relay.Rules;

/// <summary>What an encrypt operation does with a value that already has the form of a token.</summary>
public enum IncomingTokens
{
    /// <summary>The body is refused.</summary>
    Refuse,

    /// <summary>The engine is asked whether the token opens under this app, role and context: if so it stays as it is, if not it is encrypted like any other text.</summary>
    Verify,
}
