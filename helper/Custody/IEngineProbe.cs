using E3.Relay.Helper.Statistics;

namespace E3.Relay.Helper.Custody;

/// <summary>Asks one engine how it is. One question at a time.</summary>
internal interface IEngineProbe : IAsyncDisposable
{
    /// <summary>Asks, and waits for the answer as long as it takes.</summary>
    Task<EngineReading> AskAsync(CancellationToken cancellationToken);

    /// <summary>Gives up the session that it asks over: what is asked fails, and the next question opens another one.</summary>
    Task DropAsync();
}
