using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Custody;

/// <summary>An engine that holds the fleet's keys.</summary>
internal sealed class LiveEngine(ITeeInstance instance)
{
    private string _reason = "";

    public ITeeInstance Instance => instance;

    /// <summary>Its own address, which leads to no other engine, ever.</summary>
    public EnclaveAddress Address => instance.Address;

    public int Id => instance.Id;

    /// <summary>Why it was given up; empty when it was not.</summary>
    public string AbandonedFor => Volatile.Read(ref _reason);

    /// <summary>Ends it at once, so that the next one loads everything anew: for an engine that did not take what is stored.</summary>
    /// <param name="reason">For the log; without data.</param>
    public void Abandon(string reason)
    {
        Interlocked.CompareExchange(ref _reason, reason, "");
        instance.Terminate();
    }
}
