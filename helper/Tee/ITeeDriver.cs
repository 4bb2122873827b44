namespace E3.Relay.Helper.Tee;

/// <summary>Starts engines in one kind of trusted execution environment.</summary>
internal interface ITeeDriver
{
    /// <summary>Starts an engine. It returns before the engine listens.</summary>
    Task<ITeeInstance> StartAsync(TeeImage image, CancellationToken cancellationToken);
}
