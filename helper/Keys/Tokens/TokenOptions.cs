namespace E3.Relay.Helper.Keys.Tokens;

/// <summary>Where a key on a PKCS#11 token is.</summary>
/// <param name="Library">The path of the token's PKCS#11 library.</param>
/// <param name="TokenLabel">The token's label.</param>
/// <param name="KeyLabel">The private key's CKA_LABEL.</param>
internal sealed record TokenOptions(string Library, string TokenLabel, string KeyLabel);
