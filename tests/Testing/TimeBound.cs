namespace E3.Relay.Testing;

/// <summary>How long tests wait for something that should happen soon. Generous: it is only reached by a failing test.</summary>
public static class TimeBound
{
    /// <summary>The bound used where a test gives none.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(30);

    /// <summary>Between two looks at something that cannot be awaited.</summary>
    public static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);

    /// <summary>Looks again and again until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not hold in time; the message is <paramref name="what"/>.</exception>
    public static async Task UntilAsync(Func<bool> condition, string what, TimeSpan? bound = null)
    {
        using var timeout = new CancellationTokenSource(bound ?? Default);
        while (!condition())
        {
            if (timeout.IsCancellationRequested)
                throw new TimeoutException($"Not in time: {what}");

            await Task.Delay(Poll);
        }
    }
}
