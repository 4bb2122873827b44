namespace E3.Relay.Helper.Custody;

/// <summary>One moment of a supervised engine.</summary>
/// <param name="Condition">How it is.</param>
/// <param name="Reason">Why it is not ready; empty when it is.</param>
/// <param name="EngineId">The process id or CID of the running engine, or 0.</param>
/// <param name="Restarts">How often an engine ended.</param>
internal sealed record EngineStatus(EngineCondition Condition, string Reason, int EngineId, int Restarts);
