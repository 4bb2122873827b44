namespace E3.Relay.Enclave.Protocol;

/// <summary>Every limit of the channel. Each is checked before memory is set aside for what it bounds.</summary>
public static class ProtocolLimits
{
    /// <summary>The protocol version that this build speaks.</summary>
    public const byte Version = 1;

    /// <summary>The largest frame after its length prefix, in bytes.</summary>
    public const int FrameBytesMax = 4 * 1024 * 1024;

    /// <summary>The largest frame before a session is open, in bytes: a Hello with its grant.</summary>
    public const int HelloFrameBytesMax = 16 * 1024;

    /// <summary>Groups (one operation, app, role and context) in one Transform.</summary>
    public const int GroupsMax = 1024;

    /// <summary>Fields in one Transform, over all its groups.</summary>
    public const int FieldsMax = 20_000;

    /// <summary>Tokens of one Transform that may fail to open, and values that may be too long; one more refuses the call.</summary>
    public const int FailedOpensPerFrameMax = 2000;

    /// <summary>The largest single value, in bytes.</summary>
    public const int FieldBytesMax = 1024 * 1024;

    /// <summary>The largest bound context, in bytes.</summary>
    public const int ContextBytesMax = 4096;

    /// <summary>The longest app or role name, in bytes.</summary>
    public const int NameBytesMax = 64;

    /// <summary>Sealed entries in one LoadState or CreateKey.</summary>
    public const int EntriesMax = 4096;

    /// <summary>The largest sealed entry, in bytes.</summary>
    public const int EntryBytesMax = 1024;

    /// <summary>The largest signed administrative document, in bytes.</summary>
    public const int DocumentBytesMax = 12 * 1024;

    /// <summary>The largest attestation document, in bytes (the NSM's response buffer).</summary>
    public const int AttestationBytesMax = 0x3000;

    /// <summary>Apps, roles or operations named in one grant.</summary>
    public const int GrantNamesMax = 64;

    /// <summary>Streams open at the same time in one session; sessions are limited too, and so are all streams.</summary>
    public const int StreamsMax = 32;

    /// <summary>The most bytes of a file in one frame, sealed or not.</summary>
    public const int StreamBytesMax = 1024 * 1024;

    /// <summary>How long a stream may be silent before it is dropped, in milliseconds.</summary>
    public const int StreamIdleMs = 5 * 60 * 1000;

    /// <summary>Connections that have not said Hello, at the same time; one more ends the oldest of them.</summary>
    public const int PendingMax = 64;

    /// <summary>Hellos that are judged at the same time.</summary>
    public const int HellosMax = 4;

    /// <summary>How long a peer may take for the TLS handshake and its Hello, in milliseconds.</summary>
    public const int HandshakeTimeoutMs = 1000;

    /// <summary>Open sessions at the same time.</summary>
    public const int SessionsMax = 256;

    /// <summary>Open sessions of one caller at the same time.</summary>
    public const int SessionsPerCallerMax = 32;

    /// <summary>Open sessions of all applications together: the rest is for helpers.</summary>
    public const int ApplicationSessionsMax = SessionsMax - 8;

    /// <summary>How long a session may live, in seconds.</summary>
    public const int SessionSecondsMax = 24 * 60 * 60;

    /// <summary>How long the peer may take to send the rest of a frame or to read an answer, in milliseconds.</summary>
    public const int StallTimeoutMs = 10_000;
}
