using E3.Relay.Helper.Statistics;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Custody;

/// <content>One engine takes over from another that still serves.</content>
internal sealed partial class Supervisor
{
    private readonly Lock _asking = new();
    private readonly List<Task> _drains = [];
    private Replacement? _asked;
    private TaskCompletionSource _anyAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isOver;
    private long _takenOverAt;

    /// <summary>Has the engine that serves replaced, and returns when another one has taken over.</summary>
    /// <param name="reason">Why, for the log.</param>
    /// <returns>The number of the engine that serves now.</returns>
    /// <exception cref="ReplacementException">None took over. The one that served still does.</exception>
    public Task<int> ReplaceAsync(string reason)
    {
        lock (_asking)
        {
            if (_isOver || _status.Condition != EngineCondition.Ready)
                throw new ReplacementException($"no engine serves: {_status.Reason}");

            // Those who ask while one is on its way have their wish.
            _asked ??= new(reason);
            _anyAsked.TrySetResult();
            return _asked.Done.Task;
        }
    }

    private void Wish(LiveEngine engine, string reason)
    {
        lock (_asking)
        {
            if (_isOver || _watch?.Engine != engine || time.GetElapsedTime(_takenOverAt) < settings.WishInterval)
                return;
            _asked ??= new(reason);
            _anyAsked.TrySetResult();
        }
    }

    private Task WaitForReplacementAsync()
    {
        lock (_asking)
            return _anyAsked.Task;
    }

    private void RefuseAsked()
    {
        lock (_asking)
        {
            _isOver = true;
            _asked?.Done.TrySetException(new ReplacementException("no engine is started any more"));
        }
    }

    // The engine that serves afterwards; null when the old one had to end first and no other one came up.
    private async Task<Watched?> ExchangeAsync(Watched old, EngineCare care, CancellationToken cancellationToken)
    {
        Replacement replacement = _asked!;
        string failure = "it was cancelled";
        Watched? serving = old;
        Log.EngineReplacing(logger, old.Engine.Id, replacement.Reason);
        try
        {
            long startedAt = time.GetTimestamp();
            TeeImage next = await care.NextImage(cancellationToken).ConfigureAwait(false);
            if (!driver.RunsSideBySide)
            {
                serving = null;
                await DrainAsync(old, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            }

            ITeeInstance instance = await driver.StartAsync(next, cancellationToken).ConfigureAwait(false);
            BringUpResult result = await TryBringUpAsync(instance, care, cancellationToken).ConfigureAwait(false);
            failure = result.Reason;
            if (result.Engine is not { } engine)
                return serving;
            _image = next;
            serving = await TakeOverAsync(engine, startedAt, care, cancellationToken).ConfigureAwait(false);
            failure = "";
            _status = _status with { Replacements = _status.Replacements + 1 };
            Log.EngineReplaced(logger, engine.Id, old.Engine.Id);
            if (driver.RunsSideBySide)
                _drains.Add(DrainAsync(old, settings.DrainTimeout, cancellationToken));
            return serving;
        }
        catch (Exception e) when (e is HelperRefusedException or IOException or UnauthorizedAccessException)
        {
            failure = e.Message;
            return serving;
        }
        finally
        {
            Answer(replacement, old, serving, failure);
        }
    }

    private void Answer(Replacement replacement, Watched old, Watched? serving, string failure)
    {
        lock (_asking)
        {
            _asked = null;
            _anyAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _takenOverAt = time.GetTimestamp();
        }

        if (failure.Length > 0)
            Log.EngineNotReplaced(logger, old.Engine.Id, failure);
        if (failure.Length > 0 || serving is null)
            replacement.Done.TrySetException(new ReplacementException(failure));
        else
            replacement.Done.TrySetResult(serving.Engine.Id);
    }

    // Callers come no more. Those who are still there go when they notice, or are sent away between two calls.
    private async Task DrainAsync(Watched old, TimeSpan limit, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        int quiet = 0;
        EngineReading? seen = old.Watch.Latest;
        while (quiet < 2 && time.GetElapsedTime(started) < limit && !old.Trouble.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(settings.HeartbeatInterval / 2, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            EngineReading? latest = old.Watch.Latest;
            if (latest is null || ReferenceEquals(latest, seen))
                continue;

            // The session that asks is one of them.
            quiet = latest.Sessions <= 1 ? quiet + 1 : 0;
            seen = latest;
        }

        // Nobody changes the state meanwhile, so that no token is made elsewhere that a call under way here could not open.
        await engines.ChangeAsync(
            async _ =>
            {
                engines.Leave(old.Engine);
                await old.Engine.Instance.EndAsync(settings.EndTimeout).ConfigureAwait(false);
                return true;
            },
            CancellationToken.None).ConfigureAwait(false);
        await EndAsync(old.Engine, old).ConfigureAwait(false);
        Log.EngineDrained(logger, old.Engine.Id, (int)time.GetElapsedTime(started).TotalMilliseconds, Math.Max(0, (seen?.Sessions ?? 1) - 1));
    }

    private sealed class Replacement(string reason)
    {
        public string Reason => reason;

        public TaskCompletionSource<int> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
