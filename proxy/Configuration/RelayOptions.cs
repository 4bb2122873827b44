using System.Net;

namespace E3.Relay.Proxy.Configuration;

/// <summary>The settings of section <c>Relay</c>, read and judged once at start.</summary>
internal sealed record RelayOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Relay";

    /// <summary>Where traffic comes in.</summary>
    public required IReadOnlyList<ListenerOptions> Listeners { get; init; }

    /// <summary>Where health and metrics are served, and nothing else.</summary>
    public required IPEndPoint Management { get; init; }

    /// <summary>Limits on bodies.</summary>
    public required LimitOptions Limits { get; init; }

    /// <summary>The engine; null when no listener has rules.</summary>
    public required EnclaveOptions? Enclave { get; init; }

    /// <summary>Programs to start and to end with the proxy. Development only.</summary>
    public required IReadOnlyList<ProgramOptions> Programs { get; init; }

    /// <summary>The callers that some listener uses, each once.</summary>
    public IReadOnlyList<string> Callers =>
        [.. Listeners.Where(listener => listener.HasRules).SelectMany(listener => new[] { listener.RequestCaller, listener.ResponseCaller }).Distinct(StringComparer.Ordinal)];
}
