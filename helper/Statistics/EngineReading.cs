using E3.Relay.Enclave.Protocol;
using MessagePack;

namespace E3.Relay.Helper.Statistics;

/// <summary>One answer of GetStatistics (RPC specification, section 5.4). Nothing in it names an app, a role or a length.</summary>
internal sealed record EngineReading
{
    private const int Fields = 10;
    private const int OperationsMax = 64;
    private const int BucketsMax = 64;

    /// <summary>How long the engine runs.</summary>
    public required TimeSpan Uptime { get; init; }

    /// <summary>Processor time that it used.</summary>
    public required TimeSpan ProcessorTime { get; init; }

    public required long ResidentBytes { get; init; }

    public required long ManagedBytes { get; init; }

    public required int OpenDescriptors { get; init; }

    /// <summary>Open sessions, the one that asked among them.</summary>
    public required int Sessions { get; init; }

    /// <summary>Transform calls under way: the depth of the queue.</summary>
    public required int CallsAtWork { get; init; }

    public required int Keys { get; init; }

    public required IReadOnlyList<OperationCount> Operations { get; init; }

    /// <summary>Calls by the time that they took: place n counts those under 2^n microseconds that are in no place before it, and the last one all others.</summary>
    public required IReadOnlyList<long> Latency { get; init; }

    /// <summary>Reads the answer.</summary>
    public static EngineReading Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, Fields);
        return new()
        {
            Uptime = TimeSpan.FromMilliseconds(reader.ReadNatural()),
            ProcessorTime = TimeSpan.FromMilliseconds(reader.ReadNatural()),
            ResidentBytes = reader.ReadNatural(),
            ManagedBytes = reader.ReadNatural(),
            OpenDescriptors = reader.ReadCount(),
            Sessions = reader.ReadCount(),
            CallsAtWork = reader.ReadCount(),
            Keys = reader.ReadCount(),
            Operations = ReadOperations(ref reader),
            Latency = ReadLatency(ref reader),
        };
    }

    private static OperationCount[] ReadOperations(ref MessagePackReader reader)
    {
        var operations = new OperationCount[Wire.ReadArrayUpTo(ref reader, OperationsMax)];
        for (int i = 0; i < operations.Length; i++)
        {
            Wire.ReadArray(ref reader, 3);
            operations[i] = new((TransformOperation)reader.ReadByte(), reader.ReadNatural(), reader.ReadNatural());
        }

        return operations;
    }

    private static long[] ReadLatency(ref MessagePackReader reader)
    {
        long[] latency = new long[Wire.ReadArrayUpTo(ref reader, BucketsMax)];
        for (int i = 0; i < latency.Length; i++)
            latency[i] = reader.ReadNatural();
        return latency;
    }
}
