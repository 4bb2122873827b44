namespace E3.Relay.Rules;

/// <summary>What a rule does to the values that it selects.</summary>
public enum FieldAction
{
    /// <summary>The value becomes a token.</summary>
    Encrypt,

    /// <summary>The token becomes the value that it holds, with its JSON type.</summary>
    Decrypt,

    /// <summary>The value, or the value that a token holds, is hidden but for a few characters at its ends. Not reversible.</summary>
    Mask,
}
