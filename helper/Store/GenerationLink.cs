using System.Buffers.Binary;
using System.Security.Cryptography;

namespace E3.Relay.Helper.Store;

/// <summary>
/// Chains the generations of a store:
/// <c>link(n) = SHA-256("E3-STORE-GENERATION-V1" ‖ 00 ‖ u64 n ‖ link(n-1) ‖ u64 length and head of generation n-1 at its end ‖ u32 length of wrapped root ‖ wrapped root ‖ genesis document)</c>,
/// from 32 zero bytes. Numbers are big-endian. So one value stands for a root and for everything that was stored before it.
/// </summary>
internal static class GenerationLink
{
    /// <summary>Bytes of a link.</summary>
    public const int Bytes = SHA256.HashSizeInBytes;

    /// <summary>The link of the generation that follows a state.</summary>
    public static byte[] Next(StoreState previous, StoredRoot root) =>
        Compute(previous.Generation + 1, previous.Link.Span, (long)previous.Snapshot.Chain.Length, previous.Snapshot.Chain.Head.Span, root);

    /// <summary>The link of a generation.</summary>
    /// <param name="number">The generation.</param>
    /// <param name="previous">The link of the one before it.</param>
    /// <param name="length">How many entries that one had at its end.</param>
    /// <param name="head">The head of its chain at its end.</param>
    /// <param name="root">The generation's root.</param>
    public static byte[] Compute(long number, ReadOnlySpan<byte> previous, long length, ReadOnlySpan<byte> head, StoredRoot root)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> integer = stackalloc byte[sizeof(ulong)];
        hash.AppendData("E3-STORE-GENERATION-V1\0"u8);
        BinaryPrimitives.WriteInt64BigEndian(integer, number);
        hash.AppendData(integer);
        hash.AppendData(previous);
        BinaryPrimitives.WriteInt64BigEndian(integer, length);
        hash.AppendData(integer);
        hash.AppendData(head);
        BinaryPrimitives.WriteInt32BigEndian(integer, root.Wrapped.Length);
        hash.AppendData(integer[..sizeof(int)]);
        hash.AppendData(root.Wrapped);
        hash.AppendData(root.Genesis);
        return hash.GetHashAndReset();
    }
}
