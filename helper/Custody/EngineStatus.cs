namespace E3.Relay.Helper.Custody;

/// <summary>One moment of a supervised engine.</summary>
/// <param name="Condition">How it is.</param>
/// <param name="Reason">Why it is not ready, or what is wrong with it though it is; empty when all is well.</param>
/// <param name="EngineId">The process id or CID of the engine that serves or boots, or 0.</param>
/// <param name="Restarts">How often an engine ended by itself, or had to be ended.</param>
/// <param name="Replacements">How often one engine took over from another that still served.</param>
internal sealed record EngineStatus(EngineCondition Condition, string Reason, int EngineId, int Restarts, int Replacements);
