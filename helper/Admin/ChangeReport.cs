namespace E3.Relay.Helper.Admin;

/// <summary>Answer to a change of the state: what is stored, and used by every live engine, when it comes.</summary>
/// <param name="Generation">The generation: how often a root key was made for the fleet.</param>
/// <param name="Entries">Sealed entries.</param>
/// <param name="ChainHead">Head of their chain, in hex.</param>
internal sealed record ChangeReport(long Generation, ulong Entries, string ChainHead);
