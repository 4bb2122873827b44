using System.Text.Json.Serialization;
using E3.Relay.Helper.Custody;

namespace E3.Relay.Helper.Admin;

/// <summary>Answer of <c>GET /status</c>. Entries and chain head are absent while the store cannot be read.</summary>
internal sealed record StatusReport(string Condition, string Reason, bool Simulated, string FleetId, int Engine, int Restarts, int Replacements, ulong? Entries, string? ChainHead, IReadOnlyList<StoreStatus> Stores, string Pcr0, string Pcr1, string Pcr2)
{
    /// <summary>The condition of an engine that serves.</summary>
    public static readonly string ReadyCondition = ConditionOf(EngineCondition.Ready);

    /// <summary>True when an engine serves.</summary>
    [JsonIgnore]
    public bool IsReady => Condition == ReadyCondition;

    /// <summary>How a condition is called here.</summary>
    public static string ConditionOf(EngineCondition condition) => condition.ToString().ToLowerInvariant();
}
