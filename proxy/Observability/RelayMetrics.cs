using System.Diagnostics;
using System.Diagnostics.Metrics;
using E3.Relay.Proxy.Listeners;
using E3.Relay.Proxy.Pipeline;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Observability;

/// <summary>The proxy's instruments. Tags are names from the settings, rules and closed enumerations; nothing that a client sent becomes one.</summary>
internal sealed class RelayMetrics
{
    public const string MeterName = "E3.Relay.Proxy";

    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _fields;
    private readonly Counter<long> _nothingSelected;
    private readonly Counter<long> _matched;
    private readonly Counter<long> _observed;
    private readonly Counter<long> _observedFields;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _restarts;
    private readonly Histogram<double> _engine;

    public RelayMetrics(IMeterFactory factory)
    {
        _meter = factory.Create(MeterName);
        _requests = _meter.CreateCounter<long>("e3.relay.requests", "{request}", "Requests by listener and outcome.");
        _fields = _meter.CreateCounter<long>("e3.relay.fields", "{field}", "Selected fields by rule, action and outcome.");
        _nothingSelected = _meter.CreateCounter<long>("e3.relay.operations.selected_nothing", "{operation}", "Operations that were applied to a body and selected nothing, by rule.");
        _matched = _meter.CreateCounter<long>("e3.relay.rules.matched", "{request}", "Requests that a rule matched, by rule; rules that only observe too.");
        _observed = _meter.CreateCounter<long>("e3.relay.rules.observed", "{message}", "Messages by what a rule that only observes would have made of them.");
        _observedFields = _meter.CreateCounter<long>("e3.relay.rules.observed_fields", "{field}", "Fields that a rule that only observes would have changed, by action.");
        _refusals = _meter.CreateCounter<long>("e3.relay.refusals", "{refusal}", "Answers of our own by listener and code.");
        _restarts = _meter.CreateCounter<long>("e3.relay.programs.restarts", "{restart}", "Programs that ended unexpectedly and were started again.");
        _engine = _meter.CreateHistogram("e3.relay.engine.duration", "s", "Calls to the engine.", advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
        });
    }

    public void Request(string listener, RequestOutcome outcome) => _requests.Add(1, new("listener", listener), new("outcome", Name(outcome)));

    public void Field(FieldOperation operation, FieldResult result) =>
        _fields.Add(1, new("action", Name(operation.Action)), new("outcome", Name(operation.Action, result)), new("rule", operation.RuleId));

    public void NothingSelected(FieldOperation operation) => _nothingSelected.Add(1, new("action", Name(operation.Action)), new("rule", operation.RuleId));

    public void Matched(string rule) => _matched.Add(1, new KeyValuePair<string, object?>("rule", rule));

    public void Observed(string rule, MessageDirection direction, ObservedOutcome outcome) => Observe(rule, direction, Name(outcome), "none");

    public void ObservedRefusal(string rule, MessageDirection direction, string code) => Observe(rule, direction, "refused", code);

    public void ObservedField(FieldOperation operation) => _observedFields.Add(1, new("rule", operation.RuleId), new("action", Name(operation.Action)));

    public void Refusal(string listener, string code) => _refusals.Add(1, new("listener", listener), new("code", code));

    public void Restart(string program) => _restarts.Add(1, new KeyValuePair<string, object?>("program", program));

    public void EngineCall(TimeSpan duration, bool success) =>
        _engine.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", success ? "success" : "failure"));

    /// <summary>Adds the gauges that look at the rules.</summary>
    public void Watch(ListenerTable listeners, TimeProvider time)
    {
        _meter.CreateObservableGauge("e3.relay.rules.observing", () => Observe(listeners, time), "{rule}", "Rules that only observe, overdue once their day is over.");
        _meter.CreateObservableGauge("e3.relay.rules.loaded", () => Observe(listeners, listener => listener.Rules!.State.Rules.Count), "{rule}", "Rules that a listener applies.");
        _meter.CreateObservableGauge("e3.relay.rules.broken", () => Observe(listeners, listener => listener.Rules!.State.Broken ? 1 : 0), "{file set}",
            "1 while the files of a listener are broken and its last good rules apply.");
    }

    private static IEnumerable<Measurement<int>> Observe(ListenerTable listeners, Func<Listener, int> value) =>
        listeners.All.Where(listener => listener.Rules is not null).Select(listener => new Measurement<int>(value(listener), new KeyValuePair<string, object?>("listener", listener.Name)));

    private static IEnumerable<Measurement<int>> Observe(ListenerTable listeners, TimeProvider time)
    {
        DateOnly today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        foreach (Listener listener in listeners.All.Where(listener => listener.Rules is not null))
        {
            int overdue = listener.Rules!.State.Rules.Observing.Count(rule => rule.IsOverdue(today));
            yield return new(listener.Rules.State.Rules.Observing.Count - overdue, new("listener", listener.Name), new("overdue", "false"));
            yield return new(overdue, new("listener", listener.Name), new("overdue", "true"));
        }
    }

    private void Observe(string rule, MessageDirection direction, string outcome, string code) =>
        _observed.Add(1, new("rule", rule), new("direction", direction == MessageDirection.Request ? "request" : "response"), new("outcome", outcome), new("code", code));

    private static string Name(ObservedOutcome outcome) => outcome switch
    {
        ObservedOutcome.Selected => "selected",
        ObservedOutcome.SelectedNothing => "selected-nothing",
        ObservedOutcome.Passed => "passed",
        ObservedOutcome.Unseen => "unseen",
        _ => throw new UnreachableException(),
    };

    private static string Name(RequestOutcome outcome) => outcome switch
    {
        RequestOutcome.Passed => "passed",
        RequestOutcome.Transformed => "transformed",
        RequestOutcome.Refused => "refused",
        RequestOutcome.Failed => "failed",
        RequestOutcome.UpstreamFailed => "upstream-failed",
        RequestOutcome.Aborted => "aborted",
        _ => throw new UnreachableException(),
    };

    private static string Name(FieldAction action) => action switch
    {
        FieldAction.Encrypt => "encrypt",
        FieldAction.Decrypt => "decrypt",
        FieldAction.Mask => "mask",
        FieldAction.Rewrap => "rewrap",
        FieldAction.Hash => "hash",
        FieldAction.Redact => "redact",
        FieldAction.Leave => "leave",
        FieldAction.Refuse => "refuse",
        _ => throw new UnreachableException(),
    };

    private static string Name(FieldAction action, FieldResult result) => (action, result) switch
    {
        (FieldAction.Encrypt, FieldResult.Done) => "encrypted",
        (FieldAction.Decrypt, FieldResult.Done) => "decrypted",
        (FieldAction.Mask, FieldResult.Done) => "masked",
        (FieldAction.Rewrap, FieldResult.Done) => "rewrapped",
        (FieldAction.Hash, FieldResult.Done) => "hashed",
        (FieldAction.Redact, FieldResult.Done) => "redacted",
        (_, FieldResult.NotToken) => "not-token",
        (_, FieldResult.Unopenable) => "unopenable",
        (_, FieldResult.TokenKept) => "token-kept",
        (_, FieldResult.Left) => "left",
        _ => throw new UnreachableException(),
    };
}
