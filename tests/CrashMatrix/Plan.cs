using System.Diagnostics;
using E3.Relay.Helper.Custody;

namespace E3.Relay.CrashMatrix;

/// <summary>Hands out runs, each time the one that was played least often.</summary>
internal sealed class Plan(int runs, TimeSpan limit, string? planted)
{
    private readonly Lock _lock = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Dictionary<(bool Postgres, Scenario Scenario), int> _played = [];
    private int _taken;

    /// <summary>True when something was found; a planted fault need not be found twice.</summary>
    public bool Noticed { get; set; }

    /// <summary>Takes the next run: the first of a world begins it, and the others go on with it.</summary>
    public bool TryTake(bool postgres, Step? first, out Scenario scenario)
    {
        lock (_lock)
        {
            scenario = Scenario.On(postgres)
                .Where(scenario => planted is null || scenario.Step == Step.Genesis || Shows(scenario))
                .Where(scenario => first is null ? scenario.Step != Step.Genesis : scenario.Step == first)
                .MinBy(scenario => (_played.GetValueOrDefault((postgres, scenario)), Spread(scenario)))!;
            if (_taken >= runs || Stopwatch.GetElapsedTime(_started) > limit || (planted is not null && Noticed))
                return false;
            _taken++;
            _played[(postgres, scenario)] = _played.GetValueOrDefault((postgres, scenario)) + 1;
            return true;
        }
    }

    // Where a planted fault shows soonest: keys are made, used, and the helper is gone.
    private static bool Shows(Scenario scenario) =>
        (scenario.Step == Step.Create || scenario.Step == Step.Rotate) && scenario.Point is FailPoint.Made or FailPoint.Used && scenario.Victim.HasFlag(Victim.Helper);

    // A short sample must not be all of one step.
    private static uint Spread(Scenario scenario) => (uint)System.IO.Hashing.XxHash32.HashToUInt32(System.Text.Encoding.UTF8.GetBytes(scenario.ToString()));
}
