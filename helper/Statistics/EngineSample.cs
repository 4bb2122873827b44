using E3.Relay.Helper.Custody;

namespace E3.Relay.Helper.Statistics;

/// <summary>What is reported every few seconds.</summary>
/// <param name="At">When.</param>
/// <param name="Status">How the engine is.</param>
/// <param name="Reading">What it said last; null while none serves.</param>
/// <param name="Interval">What it did since the sample before; null while none serves.</param>
internal sealed record EngineSample(DateTimeOffset At, EngineStatus Status, EngineReading? Reading, EngineInterval? Interval);
