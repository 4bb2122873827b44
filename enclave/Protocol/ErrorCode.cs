namespace E3.Relay.Enclave.Protocol;

/// <summary>
/// Everything that the engine says about a failure. The enumeration is closed: no text, value or length of a value goes with a code.
/// <c>docs/errors.md</c> has a row for each.
/// </summary>
public enum ErrorCode : ushort
{
    /// <summary>Success.</summary>
    None = 0,

    /// <summary>The length prefix is over the limit, or too short for a header.</summary>
    FrameLengthInvalid = 1,

    /// <summary>The frame's protocol version is not served here.</summary>
    VersionUnsupported = 2,

    /// <summary>The frame carries no signature.</summary>
    FrameUnsigned = 3,

    /// <summary>The frame names another key than the one that opened the session.</summary>
    CallerUnknown = 4,

    /// <summary>The sequence number is not the next one: a replayed, reordered or lost frame.</summary>
    SequenceInvalid = 5,

    /// <summary>The caller spoke TLS with another endpoint than this engine: the frame was relayed.</summary>
    ChannelMismatch = 6,

    /// <summary>The signature does not verify.</summary>
    SignatureInvalid = 7,

    /// <summary>The first frame of a session was not a Hello, or a later one was.</summary>
    HelloOutOfPlace = 8,

    /// <summary>The payload does not decode as the message that its frame type names.</summary>
    MessageMalformed = 9,

    /// <summary>The frame type is unknown.</summary>
    CallUnknown = 10,

    /// <summary>The grant is not signed by an administrator of this fleet, or names another caller's key.</summary>
    GrantUntrusted = 20,

    /// <summary>The grant's time is over.</summary>
    GrantExpired = 21,

    /// <summary>The grant's time has not come yet.</summary>
    GrantNotYetValid = 22,

    /// <summary>The grant was made for another fleet.</summary>
    GrantOtherFleet = 23,


    /// <summary>The grant's serial is below the minimum of the fleet's policy.</summary>
    GrantRevoked = 24,

    /// <summary>The caller's kind may not make this call.</summary>
    CallNotGranted = 25,

    /// <summary>The grant does not name this operation.</summary>
    OperationNotGranted = 26,

    /// <summary>The grant does not name this app.</summary>
    AppNotGranted = 27,

    /// <summary>The grant does not name this role.</summary>
    RoleNotGranted = 28,

    /// <summary>A limit of the protocol or of the grant is exceeded.</summary>
    LimitExceeded = 29,

    /// <summary>The call is not legal in the engine's present phase; for callers of the hot path: not ready yet.</summary>
    PhaseInvalid = 40,

    /// <summary>The engine failed for good and answers nothing else any more.</summary>
    EngineFailed = 41,

    /// <summary>The app has no loaded keys.</summary>
    AppUnknown = 50,

    /// <summary>The token names a key that this engine has not loaded (yet).</summary>
    KeyNotLoaded = 51,

    /// <summary>A key of that app and purpose, or with that key id, exists already.</summary>
    KeyExists = 52,

    /// <summary>The key is the newest of its purpose, or retired already.</summary>
    KeyNotRetirable = 53,

    /// <summary>The value is not a well-formed token.</summary>
    TokenMalformed = 60,

    /// <summary>The token does not open: forged, changed, or made for another app, role or context. There is no finer code.</summary>
    TokenRejected = 61,

    /// <summary>The value does not fit its declared type, or the operation does not take that type.</summary>
    ValueInvalid = 62,

    /// <summary>The mask would show more than the grant or the half of the value allows.</summary>
    MaskTooWide = 63,

    /// <summary>No such stream is open in this session (any more): it ended, failed, was dropped or was silent for too long.</summary>
    StreamUnknown = 64,

    /// <summary>The root key that was offered is not the one that the administrators signed for.</summary>
    RootRejected = 70,

    /// <summary>The genesis document is not signed by enough administrators of this fleet.</summary>
    GenesisUntrusted = 71,

    /// <summary>A sealed entry is out of order, changed, or sealed under another root.</summary>
    EntryRejected = 72,

    /// <summary>The state that was loaded is not the state that the caller has.</summary>
    ChecksumMismatch = 73,

    /// <summary>An order or policy is not signed by enough administrators of this fleet, is for another state, or is not newer than the one in force.</summary>
    OrderUntrusted = 74,

    /// <summary>The security module gave no attestation document.</summary>
    AttestationUnavailable = 80,

    /// <summary>Too many sessions.</summary>
    Busy = 90,
}
