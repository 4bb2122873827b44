using E3.Relay.Rules.Selectors;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Documents;

/// <summary>One operation of a rule as it was read.</summary>
internal sealed record OperationModel
{
    internal required string RuleId { get; init; }

    internal required DocumentNode Node { get; init; }

    internal required FieldAction Action { get; init; }

    /// <summary>The role of the key; empty when no key is used.</summary>
    internal required string Role { get; init; }

    internal required bool IsResponse { get; init; }

    /// <summary>Names are compared byte by byte.</summary>
    internal required bool ExactNames { get; init; }

    internal required IReadOnlyList<SelectorModel<JsonPath>> Json { get; init; }

    internal required IReadOnlyList<SelectorModel<FormName>> Form { get; init; }

    internal IReadOnlyList<SelectorModel<XmlPath>> Xml { get; init; } = [];

    /// <summary>Fields and files of multipart bodies, named as those of forms.</summary>
    internal IReadOnlyList<SelectorModel<FormName>> Multipart { get; init; } = [];

    /// <summary>The whole body is selected where it is a sealed file.</summary>
    internal bool Body { get; init; }

    internal IReadOnlyList<SelectorModel<TextPattern>> Text { get; init; } = [];

    /// <summary>What is selected in the target and the header fields.</summary>
    internal HeadSelectors Head { get; init; } = HeadSelectors.None;

    /// <summary>Every token in a body is selected, wherever it stands.</summary>
    internal bool Tokens { get; init; }

    internal required IReadOnlyList<BindSource> Binds { get; init; }

    internal required IncomingTokens Incoming { get; init; }

    internal bool Deterministic { get; init; }

    internal PreserveFormat? Preserve { get; init; }

    /// <summary>A selected object or array becomes one token.</summary>
    internal bool Whole { get; init; }

    internal bool Strict { get; init; }

    internal bool EncryptEmpty { get; init; } = true;

    /// <summary>What a mask or redaction shows; null for the other operations.</summary>
    internal HidingModel? Hiding { get; init; }

    internal int MaskFirst => Hiding?.Mask.First ?? 0;

    internal int MaskLast => Hiding?.Mask.Last ?? 0;

    /// <summary>What <c>onError</c> says; null when it says nothing.</summary>
    internal bool? FailOnError { get; init; }

    /// <summary>Whom the operation is for; null for all.</summary>
    internal CallerCondition? For { get; init; }

    /// <summary>What callers get for whom the operation is not.</summary>
    internal HidingModel? Else { get; init; }

    internal bool SelectsInBodies => Head.IsEmpty || Tokens || Body || Json.Count + Form.Count + Xml.Count + Multipart.Count + Text.Count > 0;

    /// <summary>Writes plaintext into bodies.</summary>
    internal bool ShowsInBodies => Action == FieldAction.Decrypt && SelectsInBodies;

    internal bool HasRequired => Json.Any(selector => selector.IsRequired) || Form.Any(selector => selector.IsRequired)
        || Xml.Any(selector => selector.IsRequired) || Multipart.Any(selector => selector.IsRequired) || Text.Any(selector => selector.IsRequired);

    /// <summary>Everything that the operation may show in place of values.</summary>
    internal IEnumerable<HidingModel> Shown => new[] { Hiding, Else }.OfType<HidingModel>();

    /// <summary>The operation as it is for one caller. It selects the same, and still conflicts with the same operations.</summary>
    internal OperationModel Decide(ICaller? caller) =>
        For is null || For.Holds(caller) ? this : this with { Action = Else!.Action, Hiding = Else, Strict = false };

    /// <summary>Whether a token that does not open under a selector fails the message: always in a request, by default under a singular selector in a response.</summary>
    internal bool Fails(bool isSingular) => !IsResponse || Action is FieldAction.Encrypt or FieldAction.Hash || (FailOnError ?? isSingular);

    /// <summary>Whether two operations do the same to a value, so that both may select it.</summary>
    internal bool DoesSameAs(OperationModel other) =>
        Action == other.Action && Role == other.Role && Incoming == other.Incoming && Strict == other.Strict && EncryptEmpty == other.EncryptEmpty
        && Deterministic == other.Deterministic && Preserve == other.Preserve && Whole == other.Whole && Hiding == other.Hiding
        && For?.Key == other.For?.Key && Else == other.Else && Binds.Select(bind => bind.Text).SequenceEqual(other.Binds.Select(bind => bind.Text));
}
