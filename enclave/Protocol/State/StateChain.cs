using System.Buffers.Binary;
using System.Security.Cryptography;

namespace E3.Relay.Enclave.Protocol.State;

/// <summary>
/// The checksum over all sealed entries, computed by engine and helper alike: an entry's digest is SHA-256 over its bytes, and
/// <c>head(n) = SHA-256("E3-STATE-CHAIN-V1" ‖ 00 ‖ n as u64 big-endian ‖ head(n-1) ‖ digest(n))</c>, from 32 zero bytes. The first entry has n = 1.
/// </summary>
public sealed class StateChain
{
    /// <summary>Bytes of a head.</summary>
    public const int HeadBytes = 32;

    /// <summary>Entries so far.</summary>
    public ulong Length { get; private set; }

    /// <summary>The head.</summary>
    public ReadOnlyMemory<byte> Head { get; private set; } = new byte[HeadBytes];

    /// <summary>Adds an entry.</summary>
    public void Append(ReadOnlySpan<byte> entry)
    {
        Span<byte> digest = stackalloc byte[HeadBytes];
        SHA256.HashData(entry, digest);
        Span<byte> position = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(position, ++Length);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("E3-STATE-CHAIN-V1\0"u8);
        hash.AppendData(position);
        hash.AppendData(Head.Span);
        hash.AppendData(digest);
        Head = hash.GetHashAndReset();
    }

    /// <summary>A chain of its own that goes on from here.</summary>
    public StateChain Fork() => new() { Length = Length, Head = Head };
}
