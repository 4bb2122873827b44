namespace E3.Relay.Helper.Tee;

/// <summary>Starts engines in one kind of trusted execution environment.</summary>
internal interface ITeeDriver
{
    /// <summary>True when a second engine can boot and be given its state while the first one still serves.</summary>
    bool RunsSideBySide { get; }

    /// <summary>What an engine of this image will be measured as.</summary>
    /// <exception cref="HelperRefusedException">There is no such image.</exception>
    TeeMeasurement Measure(TeeImage image);

    /// <summary>Starts an engine at an address of its own. It returns before the engine listens.</summary>
    Task<ITeeInstance> StartAsync(TeeImage image, CancellationToken cancellationToken);

    /// <summary>Lets the address that callers know lead to this engine, from one moment to the next. Sessions that are open stay where they are.</summary>
    void Publish(ITeeInstance instance);
}
