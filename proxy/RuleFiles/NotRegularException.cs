namespace E3.Relay.Proxy.RuleFiles;

/// <summary>What was to be read is a FIFO, a device, a socket or a folder.</summary>
internal sealed class NotRegularException() : IOException("no regular file");
