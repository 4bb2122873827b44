namespace E3.Relay.CrashMatrix;

/// <summary>What came of one run.</summary>
internal sealed class Finding
{
    public int Lost { get; private set; }

    public int HalfStates { get; private set; }

    public int Opened { get; set; }

    /// <summary>True when something was killed; an engine may not be there yet at a random instant of a start.</summary>
    public bool Killed { get; set; }

    public List<string> Lines { get; } = [];

    public void AddLost(string line)
    {
        Lost++;
        AddLine(line);
    }

    public void AddHalf(string line)
    {
        HalfStates++;
        AddLine(line);
    }

    // One is enough to look for the cause.
    private void AddLine(string line)
    {
        if (Lines.Count < 3)
            Lines.Add(line);
    }
}
