namespace E3.Relay.Proxy.Observability;

/// <summary>What became of a selected field.</summary>
internal enum FieldResult
{
    /// <summary>Transformed as the rule says.</summary>
    Done,

    /// <summary>Left alone by decrypt: it is no token.</summary>
    NotToken,

    /// <summary>Left alone: a token that does not open here.</summary>
    Unopenable,

    /// <summary>Left alone by encrypt: a token that the engine opened.</summary>
    TokenKept,

    /// <summary>Left alone: the operation is not for the caller.</summary>
    Left,
}
