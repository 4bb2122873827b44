namespace E3.Relay.Helper.Audit;

/// <summary>The audit log takes nothing, so nothing may be done. The message says why and names no data.</summary>
internal sealed class AuditException(string reason, Exception? inner = null) : Exception(reason, inner);
