using E3.Relay.Helper.Administration;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Development;

/// <summary>The ceremony on a developer's machine: the simulated administrator signs at once.</summary>
internal sealed class SimulatedCeremony(SimulatedAdministrator administrator) : IGenesisCeremony
{
    public byte[]? Nonce => null;

    public StoredRoot? Resume() => null;

    public StoredRoot Begin(GenesisRequest request) => new(request.WrappedRoot, administrator.Sign(request.Genesis));
}
