namespace E3.Relay.Helper.Admin;

/// <summary>Answer of <c>POST /engine/replace</c>: the process id or CID of the engine that serves now.</summary>
internal sealed record EngineReport(int Engine);
