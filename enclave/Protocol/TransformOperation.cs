namespace E3.Relay.Enclave.Protocol;

/// <summary>The operations on fields. A grant names each of them on its own.</summary>
public enum TransformOperation : byte
{
    /// <summary>Value to token, different each time.</summary>
    Encrypt = 1,

    /// <summary>Value to token, the same for equal values.</summary>
    EncryptDeterministic = 2,

    /// <summary>Format-preserving encryption.</summary>
    Preserve = 3,

    /// <summary>Undoes <see cref="Preserve"/>.</summary>
    Unpreserve = 4,

    /// <summary>Token to value.</summary>
    Decrypt = 5,

    /// <summary>Says whether a token opens, and nothing else.</summary>
    Verify = 6,

    /// <summary>Token to token under the newest key.</summary>
    Rewrap = 7,

    /// <summary>Keyed hash of a value.</summary>
    Hash = 8,

    /// <summary>Token or value to a string of which a few characters are left.</summary>
    Mask = 9,

    /// <summary>Value to the deterministic tokens that it has under every key version that is not retired, for searching while versions are in use side by side.</summary>
    Lookup = 10,
}
