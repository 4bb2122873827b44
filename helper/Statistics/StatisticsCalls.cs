using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol;
using MessagePack;

namespace E3.Relay.Helper.Statistics;

/// <summary>The call that asks an engine for its statistics, and how its numbers are read.</summary>
internal static class StatisticsCalls
{
    public static Task<EngineReading> GetStatisticsAsync(this EnclaveConnection engine, CancellationToken cancellationToken) =>
        engine.CallAsync(CallType.GetStatistics, static (ref MessagePackWriter _) => { }, EngineReading.Read, cancellationToken);

    /// <summary>Reads a number that is never negative.</summary>
    public static long ReadNatural(this ref MessagePackReader reader)
    {
        long number = reader.ReadInt64();
        return number >= 0 ? number : throw Wire.Malformed();
    }

    /// <summary>Reads a number that is never negative and counts a few things.</summary>
    public static int ReadCount(this ref MessagePackReader reader) => checked((int)ReadNatural(ref reader));
}
