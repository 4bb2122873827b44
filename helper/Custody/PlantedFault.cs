#if DEBUG
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Custody;

/// <summary>Faults that a test plants to see whether it would notice them: the environment variable <c>E3_PLANTED_FAULT</c> names one. A release build has nothing of this.</summary>
internal static class PlantedFault
{
    /// <summary>Keys are used before they are stored.</summary>
    public const string UseBeforeReadBack = "use-before-read-back";

    /// <summary>The first of several stores is enough.</summary>
    public const string OneStore = "one-store";

    /// <summary>A server that loses what it acknowledged is good enough.</summary>
    public const string NoFlush = "no-fsync";

    private static readonly string? Planted = Environment.GetEnvironmentVariable("E3_PLANTED_FAULT");

    /// <summary>True when this one is planted.</summary>
    public static bool Is(string name) => Planted == name;

    /// <summary>A state as if entries were stored that are not.</summary>
    public static StoreState Foresee(StoreState present, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        var snapshot = new SnapshotBuilder(present.Snapshot);
        StateChain chain = present.Snapshot.Chain.Fork();
        foreach (ReadOnlyMemory<byte> entry in entries)
        {
            chain.Append(entry.Span);
            snapshot.Add((long)chain.Length, SHA256.HashData(entry.Span), entry.ToArray());
        }

        return present with { Snapshot = snapshot.Complete((long)chain.Length, chain.Head.ToArray()) };
    }
}
#endif
