namespace E3.Relay.Enclave.Protocol;

/// <summary>What a key of an app is for. A key never serves two purposes.</summary>
public enum KeyPurpose : byte
{
    /// <summary>Token algorithm 1: XAES-256-GCM.</summary>
    Random = 1,

    /// <summary>Client-side encryption to a P-256 key.</summary>
    ClientP256 = 16,

    /// <summary>Client-side encryption to a secp256k1 key.</summary>
    ClientSecp256k1 = 17,
}
