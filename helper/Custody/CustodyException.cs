namespace E3.Relay.Helper.Custody;

/// <summary>The state cannot be brought into any engine. Trying again would not help; the message says why and names no data.</summary>
internal sealed class CustodyException(string reason, Exception? inner = null) : Exception(reason, inner);
