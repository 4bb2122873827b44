namespace E3.Relay.Rules.Examples;

/// <summary>What becomes of a field.</summary>
public enum FieldOutcome
{
    /// <summary>The field stays as it came.</summary>
    Unchanged,

    /// <summary>There is no such field afterwards.</summary>
    Absent,

    /// <summary>The field has a certain text afterwards.</summary>
    Equals,

    /// <summary>The value became a token.</summary>
    Encrypted,

    /// <summary>The token became its value.</summary>
    Decrypted,

    /// <summary>All but a few characters are hidden.</summary>
    Masked,

    /// <summary>The value became a keyed hash.</summary>
    Hashed,

    /// <summary>The value became a fixed text.</summary>
    Redacted,

    /// <summary>The value became another of the same form.</summary>
    Preserved,

    /// <summary>The token became one under the newest key.</summary>
    Rewrapped,
}
