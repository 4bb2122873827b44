namespace E3.Relay.Enclave.Protocol.Tokens;

/// <summary>How a token is sealed.</summary>
public enum TokenAlgorithm : byte
{
    /// <summary>XAES-256-GCM (C2SP): 24-byte nonce, 16-byte tag.</summary>
    Random = 1,

    /// <summary>AES-256-GCM-SIV (RFC 8452) with 12 zero bytes as nonce, which is not in the token, and a 16-byte tag.</summary>
    Deterministic = 2,

    /// <summary>Files: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over XAES-256-GCM. Its tokens are bytes, not text: see <see cref="FileToken"/>.</summary>
    File = 4,
}
