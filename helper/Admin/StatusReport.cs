namespace E3.Relay.Helper.Admin;

/// <summary>Answer of <c>GET /status</c>. Entries and chain head are absent while the store cannot be read.</summary>
internal sealed record StatusReport(string Condition, string Reason, bool Simulated, string FleetId, int Engine, int Restarts, ulong? Entries, string? ChainHead, string Pcr0, string Pcr1, string Pcr2);
