using System.Text;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules;

/// <summary>One operation of a rule as it applies to one part of a message.</summary>
public sealed class FieldOperation
{
    internal FieldOperation()
    {
    }

    /// <summary>What is done to the selected values.</summary>
    public required FieldAction Action { get; init; }

    /// <summary>The rule that the operation comes from; of several rules that say the same, the first.</summary>
    public required string RuleId { get; init; }

    /// <summary>The role of the key; empty when no key is used.</summary>
    public required string Role { get; init; }

    /// <summary>Encrypt: whether equal values become equal tokens.</summary>
    public bool Deterministic { get; init; }

    /// <summary>Encrypt and decrypt: how the form of the value is preserved; null for tokens.</summary>
    public PreserveFormat? Preserve { get; init; }

    /// <summary>Encrypt: whether a selected object or array becomes one token. Carried out where the values are selected.</summary>
    public bool Whole { get; init; }

    /// <summary>Mask: how many characters stay at the start.</summary>
    public int MaskFirst { get; init; }

    /// <summary>Mask: how many characters stay at the end.</summary>
    public int MaskLast { get; init; }

    /// <summary>Mask: the character that stands for a hidden one.</summary>
    public Rune MaskWith { get; init; } = MaskShape.Star;

    /// <summary>Redact: what is written in place of the value.</summary>
    public string RedactWith { get; init; } = "";

    /// <summary>Encrypt: what happens to a value that has the form of a token. <see cref="IncomingTokens.Refuse"/> is carried out where the values are selected.</summary>
    public IncomingTokens Incoming { get; init; }

    /// <summary>Decrypt, mask and rewrap: whether a token that does not open refuses the message (true) or stays as it is and is counted (false).</summary>
    public bool FailOnUnopenable { get; init; }

    /// <summary>Decrypt and rewrap: whether a value that is no token refuses the message. Carried out where the values are selected.</summary>
    public bool Strict { get; init; }

    /// <summary>Encrypt: whether the empty string is encrypted.</summary>
    public bool EncryptEmpty { get; init; } = true;

    /// <summary>Whether the operation has a bound context.</summary>
    public bool IsBound { get; init; }

    /// <summary>Whether the engine is asked, and with it whether a bound context is wanted.</summary>
    internal bool UsesKey => Action is not (FieldAction.Redact or FieldAction.Leave or FieldAction.Refuse);

    /// <summary>What rules show in place of values of this role: a value that has the form of one is not encrypted.</summary>
    internal MaskForms Masks { get; init; } = MaskForms.None;

    /// <summary>Why a selected file is refused whatever the engine would say of it; null when it is not. A sealed file is never sealed again, and the engine does not verify one without opening it.</summary>
    /// <param name="isSealed">Whether it begins as a sealed file does.</param>
    internal RefusalCode? JudgeFile(bool isSealed) => Action switch
    {
        FieldAction.Refuse => RefusalCode.CallerNotAllowed,
        FieldAction.Leave => null,
        FieldAction.Encrypt when !Deterministic && Preserve is null => isSealed ? RefusalCode.TokenNotAccepted : null,
        FieldAction.Decrypt when Preserve is null => Strict && !isSealed ? RefusalCode.NotAToken : null,
        _ => RefusalCode.FileOperation,
    };

    /// <summary>Why a selected value is refused whatever the engine would say of it; null when it is not.</summary>
    /// <param name="type">The value's type.</param>
    /// <param name="value">The decoded value.</param>
    /// <param name="isToken">Whether the whole value is a well-formed token.</param>
    internal RefusalCode? Judge(FieldType type, ReadOnlySpan<byte> value, bool isToken) => Action switch
    {
        FieldAction.Refuse => RefusalCode.CallerNotAllowed,
        FieldAction.Encrypt when value.IsEmpty && !EncryptEmpty => null,
        FieldAction.Encrypt when isToken => Incoming == IncomingTokens.Refuse ? RefusalCode.TokenNotAccepted : null,
        FieldAction.Encrypt when type == FieldType.String && Masks.Fit(value) => RefusalCode.MaskedValue,
        FieldAction.Encrypt when Preserve is not null && type != FieldType.String => RefusalCode.CannotPreserve,
        FieldAction.Decrypt or FieldAction.Rewrap when Strict && !isToken => RefusalCode.NotAToken,
        _ => null,
    };
}
