namespace E3.Relay.Helper.Development;

/// <summary>Renews, while the helper runs, what the simulated administrator signs for a time only: grants and the list of accepted measurements. Callers open their next sessions with what is there then.</summary>
internal static class DevelopmentRenewal
{
    /// <summary>How often it is looked what is about to end.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Runs until cancelled.</summary>
    /// <param name="fleet">Whose grants.</param>
    /// <param name="publisher">Writes the trust file.</param>
    /// <param name="genesis">The signed genesis; empty while there is none, and then no trust file is written.</param>
    /// <param name="time">The time.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RunAsync(DevelopmentFleet fleet, TrustPublisher publisher, Func<ReadOnlyMemory<byte>> genesis, TimeProvider time, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
                return;
            try
            {
                fleet.Callers.Ensure();
                if (!genesis().IsEmpty)
                    publisher.Publish(genesis());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A full disk for example: there are weeks left, and the next hour is another try.
            }
        }
    }
}
