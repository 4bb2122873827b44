using System.Diagnostics.Metrics;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Helper.Custody;

namespace E3.Relay.Helper.Statistics;

/// <summary>
/// The helper's instruments, over the last sample. Counters go on where an engine is followed by another, so that a replacement is no gap. Tags are operations and outcomes, from closed enumerations; nothing names an
/// app, a role or a length.
/// </summary>
internal sealed class EngineMetrics : IDisposable
{
    public const string MeterName = "E3.Relay.Helper";

    private readonly Meter _meter = new(MeterName);
    private readonly Lock _lock = new();
    private readonly SortedDictionary<TransformOperation, OperationCount> _fields = [];
    private EngineSample? _last;
    private double _processorSeconds;
    private long _calls;

    public EngineMetrics()
    {
        Gauge("e3.relay.engine.ready", "{engine}", "1 while an engine serves, else 0.", static sample => sample.Status.Condition == EngineCondition.Ready ? 1 : 0);
        Gauge("e3.relay.engine.memory.resident", "By", "Resident memory of the engine.", static sample => sample.Reading?.ResidentBytes);
        Gauge("e3.relay.engine.memory.managed", "By", "Managed memory of the engine.", static sample => sample.Reading?.ManagedBytes);
        Gauge("e3.relay.engine.descriptors", "{descriptor}", "Open descriptors of the engine, sockets among them.", static sample => sample.Reading?.OpenDescriptors);
        Gauge("e3.relay.engine.sessions", "{session}", "Open sessions.", static sample => sample.Reading?.Sessions);
        Gauge("e3.relay.engine.calls.active", "{call}", "Calls under way: the depth of the queue.", static sample => sample.Reading?.CallsAtWork);
        Gauge("e3.relay.engine.keys", "{key}", "Keys that the engine holds.", static sample => sample.Reading?.Keys);
        _meter.CreateObservableGauge("e3.relay.engine.processors", () => Observe(static sample => sample.Interval?.Processors), "{processor}", "Processors that the engine used, over the last interval.");
        _meter.CreateObservableGauge("e3.relay.engine.uptime", () => Observe(static sample => sample.Reading?.Uptime.TotalSeconds), "s", "How long the engine that serves runs.");
        _meter.CreateObservableGauge("e3.relay.engine.call.duration", ObserveQuantiles, "s", "Time within which a share of the calls was answered, over the last interval, rounded up to a power of two of microseconds.");
        _meter.CreateObservableCounter("e3.relay.engine.restarts", () => Observe<long>(static sample => sample.Status.Restarts), "{restart}", "Engines that ended by themselves, or had to be ended.");
        _meter.CreateObservableCounter("e3.relay.engine.replacements", () => Observe<long>(static sample => sample.Status.Replacements), "{replacement}", "Engines that were replaced while they served.");
        _meter.CreateObservableCounter("e3.relay.engine.processor.time", () => Observe(_ => (double?)_processorSeconds), "s", "Processor time of all engines.");
        _meter.CreateObservableCounter("e3.relay.engine.calls", () => Observe(_ => (long?)_calls), "{call}", "Calls that were answered.");
        _meter.CreateObservableCounter("e3.relay.engine.fields", ObserveFields, "{field}", "Fields by operation and outcome.");
    }

    /// <summary>Takes the next sample.</summary>
    public void Add(EngineSample sample)
    {
        lock (_lock)
        {
            _last = sample;
            if (sample.Interval is not { } interval)
                return;
            _processorSeconds += interval.Processors * interval.Length.TotalSeconds;
            _calls = checked(_calls + interval.Calls);
            foreach (OperationCount count in interval.Operations)
            {
                OperationCount before = _fields.GetValueOrDefault(count.Operation);
                _fields[count.Operation] = new(count.Operation, checked(before.Succeeded + count.Succeeded), checked(before.Failed + count.Failed));
            }
        }
    }

    public void Dispose() => _meter.Dispose();

    private void Gauge(string name, string unit, string description, Func<EngineSample, long?> value) => _meter.CreateObservableGauge(name, () => Observe(value), unit, description);

    private Measurement<T>[] Observe<T>(Func<EngineSample, T?> value)
        where T : struct
    {
        lock (_lock)
            return _last is { } sample && value(sample) is { } number ? [new(number)] : [];
    }

    private Measurement<double>[] ObserveQuantiles()
    {
        lock (_lock)
        {
            return _last?.Interval is { Calls: > 0 } interval
                ? [.. ((double[])[0.5, 0.99]).Select(share => new Measurement<double>(interval.Quantile(share)!.Value.TotalSeconds, new KeyValuePair<string, object?>("quantile", share)))]
                : [];
        }
    }

    private Measurement<long>[] ObserveFields()
    {
        lock (_lock)
        {
            return [.. _fields.Values.SelectMany(static count => (Measurement<long>[])[Field(count, "succeeded", count.Succeeded), Field(count, "failed", count.Failed)])];
        }

        static Measurement<long> Field(OperationCount count, string outcome, long number) =>
            new(number, new("operation", EngineInterval.Name(count.Operation)), new("outcome", outcome));
    }
}
