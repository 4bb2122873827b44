using E3.Relay.Helper.Custody;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Administration;

/// <summary>How a new root key gets the administrators' signatures.</summary>
internal interface IGenesisCeremony
{
    /// <summary>The nonce that the evidence must carry, 32 bytes; null for any.</summary>
    byte[]? Nonce { get; }

    /// <summary>A root that was made before and is signed by now; null when none was made.</summary>
    /// <exception cref="CustodyException">One was made, and waits for signatures.</exception>
    StoredRoot? Resume();

    /// <summary>Has a root that was just made, and whose evidence the helper verified, signed.</summary>
    /// <exception cref="CustodyException">It waits for signatures.</exception>
    StoredRoot Begin(GenesisRequest request);
}
