namespace E3.Relay.Enclave.Protocol.Tokens;

/// <summary>How a token is sealed.</summary>
public enum TokenAlgorithm : byte
{
    /// <summary>XAES-256-GCM (C2SP): 24-byte nonce, 16-byte tag.</summary>
    Random = 1,
}
