namespace E3.Relay.Enclave.Client.Attestation;

/// <summary>Which root key a caller expects an engine to have.</summary>
public enum RootExpectation
{
    /// <summary>The one of the genesis document. What everybody wants who sends values.</summary>
    Signed,

    /// <summary>That one, or none yet: for the helper while an engine boots.</summary>
    SignedOrNone,

    /// <summary>One that nobody signed for yet: for the administrator at genesis.</summary>
    Unsigned,
}
