namespace E3.Relay.Helper.Admin;

/// <summary>Answer of <c>GET /apps/{name}/keys</c>.</summary>
internal sealed record AppKeysReport(string App, IReadOnlyList<KeyReport> Keys);
