namespace E3.Relay.Helper.Tee.Nitro;

/// <summary>Hears an enclave's first sign of life: one byte on port 9000 of the parent, which is sent back.</summary>
internal interface IHeartbeatListener : IDisposable
{
    /// <summary>Waits for the heartbeat of an enclave.</summary>
    /// <exception cref="HelperRefusedException">It sent something else.</exception>
    Task WaitAsync(uint cid, CancellationToken cancellationToken);
}
