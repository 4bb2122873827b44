namespace E3.Relay.Rules.Selectors;

/// <summary>Why a pattern is not used.</summary>
internal enum RegexpError : byte
{
    None,

    /// <summary>It does not follow RFC 9485.</summary>
    Malformed,

    /// <summary>It is too long, or its counted repetitions make it too large.</summary>
    TooLarge,
}
