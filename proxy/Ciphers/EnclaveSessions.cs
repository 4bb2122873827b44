using E3.Relay.Proxy.Observability;

namespace E3.Relay.Proxy.Ciphers;

/// <summary>Opens the ciphers at start, looks after them, says what changes, and closes them.</summary>
internal sealed class EnclaveSessions(EnclaveCipher[] ciphers, TrustSource trust, TimeProvider time, ILogger<EnclaveSessions> logger) : BackgroundService
{
    private static readonly TimeSpan OpenRetryDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Until then a session that is not there yet is the normal course of a start and worth no line.
    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(5);

    private bool _warned;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (EnclaveCipher cipher in ciphers)
            await cipher.DisposeAsync();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Array.ConvertAll(ciphers, cipher => KeepAsync(cipher, stoppingToken)));

    private async Task KeepAsync(EnclaveCipher cipher, CancellationToken stoppingToken)
    {
        long started = time.GetTimestamp();
        bool? announced = null;
        bool open = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            open = open || cipher.TryOpen(time);
            CipherStatus status = cipher.Status;
            if (status.Ready != announced && (status.Ready || announced is not null || time.GetElapsedTime(started) > QuietTime))
            {
                Announce(cipher, status);
                announced = status.Ready;
            }

            if (status.Ready)
                await cipher.ProbeAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(status.Ready ? Interval : OpenRetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Announce(EnclaveCipher cipher, CipherStatus status)
    {
        if (status.Ready && !trust.IsWitnessKept && !Interlocked.Exchange(ref _warned, true))
            logger.WitnessNotKept();
        if (status.Ready)
            logger.EngineReady(cipher.Caller, cipher.Simulated);
        else
            logger.EngineNotReady(cipher.Caller, status.Reason);
    }
}
