using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Custody.Fleet;

/// <summary>How far all engines of a helper have loaded.</summary>
/// <param name="Generation">The generation of the state.</param>
/// <param name="Length">Its entries that every one of them has.</param>
internal readonly record struct FleetPosition(long Generation, ulong Length)
{
    /// <summary>The end of a state.</summary>
    public static FleetPosition Of(StoreState state) => new(state.Generation, state.Snapshot.Chain.Length);

    /// <summary>True when whoever is here has all that a state has.</summary>
    public bool Covers(FleetPosition other) => Generation == other.Generation && Length >= other.Length;
}
