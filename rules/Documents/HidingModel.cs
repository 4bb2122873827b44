using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Documents;

/// <summary>What is shown in place of a value.</summary>
/// <param name="Action"><see cref="FieldAction.Mask"/>, <see cref="FieldAction.Redact"/>; for other callers also <see cref="FieldAction.Leave"/> and <see cref="FieldAction.Refuse"/>.</param>
/// <param name="Mask">The form of a mask.</param>
/// <param name="Text">The text of a redaction.</param>
internal sealed record HidingModel(FieldAction Action, MaskShape Mask, string Text)
{
    internal static HidingModel Leave { get; } = new(FieldAction.Leave, default, "");

    internal static HidingModel Refuse { get; } = new(FieldAction.Refuse, default, "");
}
