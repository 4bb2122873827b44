namespace E3.Relay.Proxy.Ciphers;

/// <summary>How the engine looks from one identity.</summary>
/// <param name="Ready">A verified session with a ready engine exists.</param>
/// <param name="Reason">Why it is not ready: a short text without data; empty when it is.</param>
internal sealed record CipherStatus(bool Ready, string Reason);
