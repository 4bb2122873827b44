namespace E3.Relay.Proxy.Ciphers;

/// <summary>How the engine looks from one identity.</summary>
/// <param name="Ready">A verified session with a ready engine exists.</param>
/// <param name="Simulated">The engine is a simulated one.</param>
/// <param name="Reason">Why it is not ready: a short stable word, never data.</param>
internal sealed record CipherStatus(bool Ready, bool Simulated, string Reason)
{
    /// <summary>Nothing has been tried yet.</summary>
    public static CipherStatus Starting { get; } = new(false, false, "starting");
}
