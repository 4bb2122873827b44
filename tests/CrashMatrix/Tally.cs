using System.Globalization;

namespace E3.Relay.CrashMatrix;

/// <summary>Counts what was killed when, and what came of it.</summary>
internal sealed class Tally
{
    private const int KillsPerPointMin = 20;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Dictionary<Victim, int>> _kills = new(StringComparer.Ordinal);
    private readonly List<string> _lines = [];

    /// <summary>Runs so far.</summary>
    public int Runs { get; private set; }

    /// <summary>Tokens that do not open, or are under a key that a store does not have.</summary>
    public int Lost { get; private set; }

    /// <summary>Starts that did not end in readiness, apps with some of their keys, and steps that did not go through afterwards.</summary>
    public int HalfStates { get; private set; }

    /// <summary>Tokens that were opened, each once in every run after it was made.</summary>
    public long Opened { get; private set; }

    /// <summary>Counts a run.</summary>
    public void Add(Scenario scenario, Finding finding)
    {
        lock (_lock)
        {
            Runs++;
            Lost += finding.Lost;
            HalfStates += finding.HalfStates;
            Opened += finding.Opened;
            Dictionary<Victim, int> row = _kills.TryGetValue(scenario.Row, out Dictionary<Victim, int>? counts) ? counts : _kills[scenario.Row] = [];
            if (finding.Killed)
                row[scenario.Victim] = row.GetValueOrDefault(scenario.Victim) + 1;
            foreach (string line in finding.Lines)
                _lines.Add($"{scenario}: {line}");
        }
    }

    /// <summary>Writes kills per point, and what went wrong.</summary>
    public void Report(TextWriter output)
    {
        lock (_lock)
        {
            Victim[] victims = Enum.GetValues<Victim>();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"kills",-22}{string.Concat(victims.Select(static victim => $"{victim,16}"))}{"all",8}"));
            foreach ((string row, Dictionary<Victim, int> counts) in _kills)
                output.WriteLine($"{row,-22}{string.Concat(victims.Select(victim => $"{counts.GetValueOrDefault(victim),16}"))}{counts.Values.Sum(),8}");
            _lines.ForEach(output.WriteLine);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"tokens opened: {Opened}; fewest kills at one point: {(_kills.Count > 0 ? _kills.Values.Min(static counts => counts.Values.Sum()) : 0)}"));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"crash matrix: {Runs} runs, {Lost} lost, {HalfStates} half states"));
        }
    }

    /// <summary>True when every point was hit often enough for a full run.</summary>
    public bool IsFull => _kills.Values.All(static counts => counts.Values.Sum() >= KillsPerPointMin);
}
