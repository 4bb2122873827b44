namespace E3.Relay.Proxy.Listeners;

/// <summary>All listeners for traffic.</summary>
/// <param name="All">The listeners, in the order of the settings.</param>
internal sealed record ListenerTable(IReadOnlyList<Listener> All);
