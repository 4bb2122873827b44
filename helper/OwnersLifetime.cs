namespace E3.Relay.Helper;

/// <summary>The lifetime of a web host that is one part of the helper: signals are the program's own matter (Ctrl-C at the terminal reaches the whole group, and the helper may have to outlive it), which ends the host by disposing of it.</summary>
internal sealed class OwnersLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
