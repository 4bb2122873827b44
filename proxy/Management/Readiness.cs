using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Listeners;

namespace E3.Relay.Proxy.Management;

/// <summary>Whether traffic can be served, and what stands against it.</summary>
internal sealed class Readiness(ListenerTable listeners, CipherTable ciphers, TimeProvider time)
{
    /// <summary>Ready means: every identity in use has a verified session with a ready engine. Rules are loaded before anything listens.</summary>
    public bool IsReady => ciphers.ByCaller.Values.All(cipher => cipher.Status.Ready);

    /// <summary>Why it is not ready, one line each.</summary>
    public IEnumerable<string> Reasons =>
        ciphers.ByCaller.Where(cipher => !cipher.Value.Status.Ready).Select(cipher => $"caller {cipher.Key}: {cipher.Value.Status.Reason}");

    /// <summary>The listeners whose state is part of the report.</summary>
    public IReadOnlyList<Listener> Listeners => listeners.All;

    /// <summary>Whether some engine is a simulated one.</summary>
    public bool Simulated => ciphers.ByCaller.Values.Any(cipher => cipher.Simulated);

    /// <summary>The day of now in UTC, by which rules that only observe are overdue.</summary>
    public DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
}
