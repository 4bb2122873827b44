using E3.Relay.Enclave.Client;
using E3.Relay.Helper.Statistics;

namespace E3.Relay.Helper.Custody;

/// <summary>Looks after one live engine: asks it for its statistics at every heartbeat, and says when it must be given up, or should be replaced.</summary>
/// <param name="engine">The engine.</param>
/// <param name="probe">Asks it.</param>
/// <param name="settings">How often, and how patiently.</param>
/// <param name="wish">Called with the reason why the engine should be replaced; maybe again and again.</param>
/// <param name="time">The time.</param>
/// <param name="logger">Takes what is noticed.</param>
internal sealed class EngineWatch(LiveEngine engine, IEngineProbe probe, SupervisionSettings settings, Action<string> wish, TimeProvider time, ILogger logger)
{
    private const int NoticedAfter = 2;
    private volatile EngineReading? _latest;
    private volatile int _missed;

    public LiveEngine Engine => engine;

    /// <summary>The last answer; null before the first.</summary>
    public EngineReading? Latest => _latest;

    /// <summary>True when the engine has left more than one heartbeat unanswered.</summary>
    public bool IsSilent => _missed >= NoticedAfter;

    /// <summary>Runs until the engine has ended, or hangs, and returns the reason. It does not end the engine.</summary>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        var judge = new HangJudge(settings);
        Task<EngineReading>? asked = null;

        // Whatever is asked ends with the watching, also what has not come as far as to ask.
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (true)
            {
                asked ??= AskAsync(asking.Token);
                bool onTime = await TickAsync(cancellationToken).ConfigureAwait(false);
                if (engine.Instance.Exited.IsCompleted)
                    return Ending();
                if (asked.IsCompletedSuccessfully)
                    Answered(judge, await asked.ConfigureAwait(false));
                else if (asked.Exception?.InnerException is EnclaveException or AttestationRefusedException)
                    Answered(judge, null);

                // An interval in which this program itself was held up says nothing about the engine.
                else if (onTime && await IsHungAsync(judge).ConfigureAwait(false))
                    return "the engine hangs: it answers nothing and does nothing";
                if (asked.IsCompleted)
                    asked = null;
            }
        }
        finally
        {
            await asking.CancelAsync().ConfigureAwait(false);
            if (asked is not null)
                await ((Task)asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await probe.DisposeAsync().ConfigureAwait(false);
        }
    }

    private string Ending()
    {
        if (engine.AbandonedFor.Length > 0)
            return engine.AbandonedFor;
        return engine.Instance.Ending is { Length: > 0 } how ? $"the engine ended: {how}" : "the engine ended";
    }

    // It must not throw at once, however the probe fails: what went wrong is only that there is no answer.
    private async Task<EngineReading> AskAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        return await probe.AskAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> TickAsync(CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        using var ticking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(Task.Delay(settings.HeartbeatInterval, time, ticking.Token), engine.Instance.Exited).ConfigureAwait(false);
        await ticking.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return time.GetElapsedTime(started) < 2 * settings.HeartbeatInterval;
    }

    // A refusal is an answer as well.
    private void Answered(HangJudge judge, EngineReading? reading)
    {
        if (IsSilent)
            Log.EngineAnswersAgain(logger, engine.Id, _missed);
        judge.Answered();
        _missed = 0;
        _latest = reading ?? _latest;
        if (settings.MemoryBytesMax is { } max && reading?.ResidentBytes > max)
            wish($"the engine uses {reading.ResidentBytes >> 20} MiB, over its limit of {max >> 20} MiB");
    }

    private async Task<bool> IsHungAsync(HangJudge judge)
    {
        HangVerdict verdict = judge.Silent(engine.Instance.Activity);
        _missed = judge.Missed;
        if (_missed == NoticedAfter)
            Log.EngineSilent(logger, engine.Id);

        // It may be the session and not the engine: the second half of its time it is asked over another one.
        if (_missed == (settings.MissedMax + 1) / 2)
            await probe.DropAsync().ConfigureAwait(false);
        if (verdict == HangVerdict.ToReplace)
            wish("the engine has not answered for long, though it works");
        return verdict == HangVerdict.Hangs;
    }
}
