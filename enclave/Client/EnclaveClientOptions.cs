using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.Enclave.Client;

/// <summary>Settings of an <see cref="EnclaveClient"/>.</summary>
public sealed record EnclaveClientOptions
{
    /// <summary>Where the engine listens.</summary>
    public required EnclaveAddress Address { get; init; }

    /// <summary>Sessions kept open. Each carries one frame at a time; what waits meanwhile shares the next.</summary>
    public int Connections { get; init; } = 2;

    /// <summary>The most sessions that a <see cref="Files.FileClient"/> opens, besides <see cref="Connections"/>. Files share them, <see cref="Protocol.ProtocolLimits.StreamsMax"/> in each.</summary>
    public int FileConnections { get; init; } = 4;

    /// <summary>The most requests in one frame; 1 turns coalescing off.</summary>
    public int RequestsPerFrameMax { get; init; } = 32;

    /// <summary>How long opening a session may take.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long to wait before tokens whose key is not loaded are sent once more.</summary>
    public TimeSpan UnknownKeyDelay { get; init; } = TimeSpan.FromMilliseconds(600);

    /// <summary>How long a call may take.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long to wait before the first new attempt to open a session; it doubles up to <see cref="RetryDelayMax"/>.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest wait between two attempts.</summary>
    public TimeSpan RetryDelayMax { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// For how long requests wait for another session after the last one was lost, which is how one engine takes over from another where two cannot run side by side. Later ones are refused at once. Zero to refuse
    /// all of them at once.
    /// </summary>
    public TimeSpan BridgeTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often it is looked whether the address, when it is a symbolic link, leads to another engine by now. Sessions then move there, one after the other.</summary>
    public TimeSpan MoveInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Requests that may wait for a frame; more are refused at once.</summary>
    public int QueueMax { get; init; } = 4096;

    /// <summary>Which root key the engine must have.</summary>
    public RootExpectation Root { get; init; } = RootExpectation.Signed;

    internal const int FrameBytesSoftMax = 256 * 1024;
}
