namespace E3.Relay.Proxy.Listeners;

/// <summary>The mark of connections to the management listener.</summary>
internal sealed class ManagementConnection
{
    public static ManagementConnection Instance { get; } = new();
}
