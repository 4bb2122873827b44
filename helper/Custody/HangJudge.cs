namespace E3.Relay.Helper.Custody;

/// <summary>
/// Judges an engine that does not answer. Silence alone proves nothing: a busy engine is silent too, and must not be killed for it. What proves that it hangs is silence over some seconds in which it neither
/// ran nor waited for a processor. One that is silent and works on may be in a loop: it is replaced, but never killed before another one has taken over.
/// </summary>
internal sealed class HangJudge(SupervisionSettings settings)
{
    // An engine at rest wakes up a little, for its timers.
    private const double WorkingShare = 0.05;
    private readonly Queue<TimeSpan?> _activity = new();

    /// <summary>Heartbeats in a row without an answer.</summary>
    public int Missed { get; private set; }

    /// <summary>An answer came.</summary>
    public void Answered()
    {
        Missed = 0;
        _activity.Clear();
    }

    /// <summary>Another interval went by without an answer.</summary>
    /// <param name="activity">How long the engine has run or waited for a processor until now; null where that cannot be seen.</param>
    public HangVerdict Silent(TimeSpan? activity)
    {
        Missed++;
        _activity.Enqueue(activity);
        if (_activity.Count > settings.MissedMax)
        {
            TimeSpan? before = _activity.Dequeue();
            if (activity - before < settings.HeartbeatInterval * settings.MissedMax * WorkingShare)
                return HangVerdict.Hangs;
        }

        return Missed >= settings.MissedWorkingMax ? HangVerdict.ToReplace : HangVerdict.Undecided;
    }
}
