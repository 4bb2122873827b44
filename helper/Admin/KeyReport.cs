namespace E3.Relay.Helper.Admin;

/// <summary>One key of an app.</summary>
/// <param name="Purpose">What it is for.</param>
/// <param name="Version">Its version.</param>
/// <param name="KeyId">Its id, in hex.</param>
/// <param name="Retired">True when it opens, but seals no more.</param>
/// <param name="PublicKey">The uncompressed point in base64 (SEC 1 section 2.3.3); null for a symmetric key.</param>
internal sealed record KeyReport(string Purpose, uint Version, string KeyId, bool Retired, string? PublicKey);
