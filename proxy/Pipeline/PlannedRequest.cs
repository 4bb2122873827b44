using E3.Relay.Proxy.Listeners;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>What was decided about a request from its headers, with the one snapshot of the rules that it keeps to its end.</summary>
internal sealed class PlannedRequest(Listener listener, RuleSet rules, RequestTarget target, RequestPlan plan) : IAsyncDisposable
{
    private readonly List<IDisposable> _kept = [];
    private readonly List<IAsyncDisposable> _running = [];

    public Listener Listener => listener;

    public RuleSet Rules => rules;

    /// <summary>What goes upstream: the target as it was accepted, or as the rules made it.</summary>
    public RequestTarget Target { get; set; } = target;

    public RequestPlan Plan => plan;

    /// <summary>Whether a rule was applied to a head or a body.</summary>
    public bool Transformed { get; set; }

    /// <summary>Why the request was cut off while it was forwarded.</summary>
    public RelayError? RequestError { get; set; }

    /// <summary>The error that took the place of the upstream's response, or for which it was cut off.</summary>
    public RelayError? ResponseError { get; set; }

    /// <summary>Keeps what holds memory until the request has ended.</summary>
    public void Keep(IDisposable kept) => _kept.Add(kept);

    /// <summary>Holds what runs beside the request until it has ended. It is ended before memory is given back.</summary>
    public void Run(IAsyncDisposable running) => _running.Add(running);

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable running in _running)
            await running.DisposeAsync();
        _kept.ForEach(kept => kept.Dispose());
    }
}
