namespace E3.Relay.Helper.Admin;

/// <summary>Answer of <c>GET /apps</c>.</summary>
internal sealed record AppListReport(IReadOnlyList<string> Apps);
