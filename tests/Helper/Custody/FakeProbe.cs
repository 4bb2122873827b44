using E3.Relay.Helper.Custody;
using E3.Relay.Helper.Statistics;

namespace E3.Relay.Helper.Tests.Custody;

/// <summary>Answers, or does not, or fails.</summary>
internal sealed class FakeProbe : IEngineProbe
{
    private TaskCompletionSource _dropped = new();

    public Func<Task<EngineReading>>? Answer { get; set; }

    public int Drops { get; private set; }

    public static EngineReading Reading(long residentBytes = 0) => new()
    {
        Uptime = default,
        ProcessorTime = default,
        ResidentBytes = residentBytes,
        ManagedBytes = 0,
        OpenDescriptors = 0,
        Sessions = 1,
        CallsAtWork = 0,
        Keys = 0,
        Operations = [],
        Latency = [],
    };

    public async Task<EngineReading> AskAsync(CancellationToken cancellationToken)
    {
        if (Answer is { } answer)
            return await answer();
        await _dropped.Task.WaitAsync(cancellationToken);
        throw new OperationCanceledException();
    }

    public Task DropAsync()
    {
        Drops++;
        (TaskCompletionSource before, _dropped) = (_dropped, new());
        before.TrySetResult();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
