namespace E3.Relay.Proxy.Observability;

/// <summary>What a rule that only observes would have made of a message; that it would have refused it is counted with the code.</summary>
internal enum ObservedOutcome
{
    /// <summary>It would have changed values.</summary>
    Selected,

    /// <summary>It would have looked into the body and found nothing.</summary>
    SelectedNothing,

    /// <summary>It would have let the message pass: there is no body, or one of a type that may pass.</summary>
    Passed,

    /// <summary>Nobody can tell: the upstream compressed the body, which a rule that is applied would not have let it do, or there was no memory for a copy.</summary>
    Unseen,
}
