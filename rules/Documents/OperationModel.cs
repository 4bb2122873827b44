using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Documents;

/// <summary>One operation of a rule as it was read.</summary>
internal sealed record OperationModel
{
    internal required string RuleId { get; init; }

    internal required DocumentNode Node { get; init; }

    internal required FieldAction Action { get; init; }

    internal required string Role { get; init; }

    internal required bool IsResponse { get; init; }

    /// <summary>Names are compared byte by byte.</summary>
    internal required bool ExactNames { get; init; }

    internal required IReadOnlyList<SelectorModel<JsonPath>> Json { get; init; }

    internal required IReadOnlyList<SelectorModel<FormName>> Form { get; init; }

    /// <summary>What is selected in the target and the header fields.</summary>
    internal HeadSelectors Head { get; init; } = HeadSelectors.None;

    internal required IReadOnlyList<BindSource> Binds { get; init; }

    internal required IncomingTokens Incoming { get; init; }

    internal bool Strict { get; init; }

    internal bool EncryptEmpty { get; init; } = true;

    internal int MaskFirst { get; init; }

    internal int MaskLast { get; init; }

    /// <summary>What <c>onError</c> says; null when it says nothing.</summary>
    internal bool? FailOnError { get; init; }

    internal bool HasRequired => Json.Any(selector => selector.IsRequired) || Form.Any(selector => selector.IsRequired);

    /// <summary>Whether a token that does not open under a selector fails the message: always in a request, by default under a singular selector in a response.</summary>
    internal bool Fails(bool isSingular) => !IsResponse || Action == FieldAction.Encrypt || (FailOnError ?? isSingular);

    /// <summary>Whether two operations do the same to a value, so that both may select it.</summary>
    internal bool DoesSameAs(OperationModel other) =>
        Action == other.Action && Role == other.Role && Incoming == other.Incoming && Strict == other.Strict && EncryptEmpty == other.EncryptEmpty
        && MaskFirst == other.MaskFirst && MaskLast == other.MaskLast && Binds.Select(bind => bind.Text).SequenceEqual(other.Binds.Select(bind => bind.Text));
}
