namespace E3.Relay.Enclave.Protocol;

/// <summary>The calls of the engine; the number is the frame's type byte.</summary>
public enum CallType : byte
{
    /// <summary>Opens the session: evidence for the caller, grant for the engine.</summary>
    Hello = 1,

    /// <summary>A fresh attestation document.</summary>
    GetAttestationDocument = 2,

    /// <summary>The hot path: a batch of operations on fields.</summary>
    Transform = 3,

    /// <summary>The public keys and key ids of an app.</summary>
    GetPublicKeys = 4,

    /// <summary>Memory, processor time, sessions, operations by kind and outcome, latencies.</summary>
    GetStatistics = 5,

    /// <summary>Begins a stream that seals or opens a file.</summary>
    StartStream = 6,

    /// <summary>The next bytes of a stream, or its end.</summary>
    ContinueStream = 7,

    /// <summary>Makes a root key and wraps it to the KMS key of the measured configuration.</summary>
    CreateRoot = 16,

    /// <summary>Opens the root key that KMS re-encrypted for this engine.</summary>
    UnsealRoot = 17,

    /// <summary>Loads sealed entries, in the order of the chain. In a ready engine their keys open, and seal only after <see cref="ActivateKey"/>.</summary>
    LoadState = 18,

    /// <summary>Compares checksums of the loaded state and opens the hot path.</summary>
    SetReady = 19,

    /// <summary>Makes keys and returns them sealed. They are not used before <see cref="ActivateKey"/>.</summary>
    CreateKey = 32,

    /// <summary>Names the length of the chain up to which keys are used from now on: every store holds them, and every live engine has loaded them.</summary>
    ActivateKey = 33,

    /// <summary>Makes the next versions of keys and returns them sealed.</summary>
    RotateKey = 34,

    /// <summary>Returns sealed records that keys are retired.</summary>
    RetireKey = 35,

    /// <summary>Takes a policy that the administrators signed and returns it sealed.</summary>
    SetPolicy = 36,

    /// <summary>Makes a new root key on the administrators' word, to which all state is to be moved.</summary>
    RewrapState = 37,

    /// <summary>Returns state sealed under the new root key, entry by entry.</summary>
    GetRewrapped = 38,
}
