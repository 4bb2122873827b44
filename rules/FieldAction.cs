namespace E3.Relay.Rules;

/// <summary>What a rule does to the values that it selects.</summary>
public enum FieldAction
{
    /// <summary>The value becomes a token, or with <see cref="FieldOperation.Preserve"/> a value of the same form.</summary>
    Encrypt,

    /// <summary>The token becomes the value that it holds, with its JSON type; with <see cref="FieldOperation.Preserve"/> the value becomes what it was.</summary>
    Decrypt,

    /// <summary>The value, or the value that a token holds, is hidden but for a few characters at its ends. Not reversible.</summary>
    Mask,

    /// <summary>The token becomes one under the newest key, of the same value and context.</summary>
    Rewrap,

    /// <summary>The value becomes its keyed hash. Not reversible.</summary>
    Hash,

    /// <summary>The value becomes <see cref="FieldOperation.RedactWith"/>, whatever it is. Needs no engine. Not reversible.</summary>
    Redact,

    /// <summary>The value stays as it is: what a caller gets for whom the operation is not.</summary>
    Leave,

    /// <summary>The message is refused: the operation is not for the caller. Carried out where the values are selected.</summary>
    Refuse,
}
