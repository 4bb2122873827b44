namespace E3.Relay.Helper.Custody;

/// <summary>No other engine took over. The message says why and names no data.</summary>
internal sealed class ReplacementException(string reason) : Exception(reason);
