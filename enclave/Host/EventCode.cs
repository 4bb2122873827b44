namespace E3.Relay.Enclave.Host;

/// <summary>All that the program ever says on its standard output, one line each: <c>E3 code name</c>. There is no text, and nothing of any caller.</summary>
internal enum EventCode
{
    /// <summary>The listener accepts connections.</summary>
    Listening = 4001,

    /// <summary>The command line is not understood.</summary>
    ArgumentsInvalid = 4002,

    /// <summary>The measured configuration is missing, malformed, or does not fit the security module.</summary>
    ConfigurationRefused = 4003,

    /// <summary>The address cannot be listened on.</summary>
    AddressUnavailable = 4004,

    /// <summary>The kernel would let others read the program's memory.</summary>
    ProtectionRefused = 4006,

    /// <summary>The enclave lacks a file system, a kernel module, or the security module's random source.</summary>
    EnclaveUnusable = 4007,

    /// <summary>The parent did not hear the enclave's sign of life.</summary>
    ParentUnreachable = 4008,

    /// <summary>The program ends because it was asked to.</summary>
    Stopped = 4005,
}
