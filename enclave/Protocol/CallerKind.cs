namespace E3.Relay.Enclave.Protocol;

/// <summary>What a grant makes of its holder. The two kinds share no call but the evidence and the public keys.</summary>
public enum CallerKind : byte
{
    /// <summary>Moves sealed state; never transforms a value.</summary>
    Helper = 1,

    /// <summary>Transforms values, operation by operation as granted; never touches state.</summary>
    Application = 2,
}
