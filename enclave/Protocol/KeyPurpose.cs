namespace E3.Relay.Enclave.Protocol;

/// <summary>What a sealed entry is: a key of an app for one purpose, or a record. A key never serves two purposes.</summary>
public enum KeyPurpose : byte
{
    /// <summary>Token algorithms 1 and 4, both XAES-256-GCM; the algorithm is in the additional data.</summary>
    Random = 1,

    /// <summary>Token algorithm 2: AES-256-GCM-SIV.</summary>
    Deterministic = 2,

    /// <summary>Format-preserving encryption: FF1.</summary>
    FormatPreserving = 3,

    /// <summary>Keyed hash: HMAC-SHA-256.</summary>
    Hash = 4,

    /// <summary>Client-side encryption to a P-256 key.</summary>
    ClientP256 = 16,

    /// <summary>Client-side encryption to a secp256k1 key.</summary>
    ClientSecp256k1 = 17,

    /// <summary>No key, but the record that the key of the entry's key id is retired: it opens, and never seals again.</summary>
    Retirement = 128,

    /// <summary>No key, but a signed <see cref="Documents.Policy"/> as the entry's attachment.</summary>
    PolicyRecord = 129,
}
