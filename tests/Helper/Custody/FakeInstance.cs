using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Tests.Custody;

/// <summary>An engine that is there only in name.</summary>
internal sealed class FakeInstance : ITeeInstance
{
    private readonly TaskCompletionSource _exited = new();

    public EnclaveAddress Address { get; } = EnclaveAddress.TryParse("unix:/none", out EnclaveAddress address) ? address : null!;

    public int Id => 7;

    public Task Listening => Task.CompletedTask;

    public Task Exited => _exited.Task;

    public string Ending => _exited.Task.IsCompleted ? "exit code 137" : "";

    public TimeSpan? Activity { get; set; } = TimeSpan.Zero;

    public void Terminate() => _exited.TrySetResult();

    public Task EndAsync(TimeSpan limit)
    {
        Terminate();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Terminate();
        return ValueTask.CompletedTask;
    }
}
