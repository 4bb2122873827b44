using System.Buffers.Binary;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.State;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>
/// What an engine says about itself. The attestation document's <c>user_data</c> is <see cref="UserData"/> of it, so the security module vouches for it.
/// Wire form: <c>[fleet id, root commitment, chain length, chain head, public keys digest]</c>.
/// </summary>
/// <param name="FleetId">The fleet of the measured configuration, 16 bytes.</param>
/// <param name="RootCommitment">The commitment to the root key, 32 bytes; zero before there is one.</param>
/// <param name="ChainLength">Sealed entries loaded.</param>
/// <param name="ChainHead">Head of the chain over them, 32 bytes.</param>
/// <param name="PublicKeysDigest">Running digest over the public keys of all apps in the order of the chain, 32 bytes.</param>
public sealed record AttestationStatement(
    ReadOnlyMemory<byte> FleetId, ReadOnlyMemory<byte> RootCommitment, ulong ChainLength, ReadOnlyMemory<byte> ChainHead, ReadOnlyMemory<byte> PublicKeysDigest)
{
    private const int HashBytes = 32;

    /// <summary>SHA-256 over a domain string, the SubjectPublicKeyInfo of the TLS certificate (with its length as u32) and the values in order.</summary>
    public byte[] UserData(ReadOnlySpan<byte> tlsSubjectPublicKeyInfo)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("E3-STATEMENT-V1\0"u8);
        BinaryPrimitives.WriteUInt32BigEndian(number, (uint)tlsSubjectPublicKeyInfo.Length);
        hash.AppendData(number[..sizeof(uint)]);
        hash.AppendData(tlsSubjectPublicKeyInfo);
        hash.AppendData(FleetId.Span);
        hash.AppendData(RootCommitment.Span);
        BinaryPrimitives.WriteUInt64BigEndian(number, ChainLength);
        hash.AppendData(number);
        hash.AppendData(ChainHead.Span);
        hash.AppendData(PublicKeysDigest.Span);
        return hash.GetHashAndReset();
    }

    /// <summary>Writes the statement.</summary>
    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(5);
        writer.Write(FleetId.Span);
        writer.Write(RootCommitment.Span);
        writer.Write(ChainLength);
        writer.Write(ChainHead.Span);
        writer.Write(PublicKeysDigest.Span);
    }

    /// <summary>Reads the statement.</summary>
    public static AttestationStatement Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 5);
        return new(
            Wire.ReadExactly(ref reader, Genesis.FleetIdBytes),
            Wire.ReadExactly(ref reader, Genesis.CommitmentBytes),
            reader.ReadUInt64(),
            Wire.ReadExactly(ref reader, StateChain.HeadBytes),
            Wire.ReadExactly(ref reader, HashBytes));
    }
}
