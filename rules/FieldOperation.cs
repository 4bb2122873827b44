using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules;

/// <summary>One operation of a rule as it applies to one body.</summary>
public sealed class FieldOperation
{
    internal FieldOperation()
    {
    }

    /// <summary>What is done to the selected values.</summary>
    public required FieldAction Action { get; init; }

    /// <summary>The rule that the operation comes from; of several rules that say the same, the first.</summary>
    public required string RuleId { get; init; }

    /// <summary>The role of the key.</summary>
    public required string Role { get; init; }

    /// <summary>Mask: how many characters stay at the start.</summary>
    public int MaskFirst { get; init; }

    /// <summary>Mask: how many characters stay at the end.</summary>
    public int MaskLast { get; init; }

    /// <summary>Mask: the character that stands for a hidden one.</summary>
    public char MaskWith { get; init; } = '*';

    /// <summary>Encrypt: what happens to a value that has the form of a token. <see cref="IncomingTokens.Refuse"/> is carried out by <see cref="BodyPlan.TrySelect"/>.</summary>
    public IncomingTokens Incoming { get; init; }

    /// <summary>Decrypt and mask: whether a token that does not open refuses the message (true) or stays as it is and is counted (false).</summary>
    public bool FailOnUnopenable { get; init; }

    /// <summary>Decrypt: whether a value that is no token refuses the message. Carried out by <see cref="BodyPlan.TrySelect"/>.</summary>
    public bool Strict { get; init; }

    /// <summary>Encrypt: whether the empty string is encrypted.</summary>
    public bool EncryptEmpty { get; init; } = true;

    /// <summary>Whether the operation has a bound context.</summary>
    public bool IsBound { get; init; }

    /// <summary>The masks of all rules for the same role: a value that has the form of one is not encrypted.</summary>
    internal MaskShape[] Masks { get; init; } = [];
}
