using System.Buffers.Binary;

namespace E3.Relay.Enclave.Protocol.Tokens;

/// <summary>
/// The authenticated header of a token: version u8 = 1, flags u8 (bit 0: test), algorithm u8, key id 8, role id 4, length u32 big-endian of the padded plaintext in bytes.
/// </summary>
public readonly ref struct TokenHeader
{
    /// <summary>Bytes of the header.</summary>
    public const int Bytes = 19;

    /// <summary>The version that this build reads and writes.</summary>
    public const byte FormatVersion = 1;

    /// <summary>Flag: made by an engine with a simulated root of trust.</summary>
    public const byte TestFlag = 1;

    /// <summary>Bytes of a key id.</summary>
    public const int KeyIdBytes = 8;

    /// <summary>Bytes of a role id.</summary>
    public const int RoleIdBytes = 4;

    private const int LengthOffset = 3 + KeyIdBytes + RoleIdBytes;
    private readonly ReadOnlySpan<byte> _token;

    /// <summary>Views the first bytes of a decoded token.</summary>
    public TokenHeader(ReadOnlySpan<byte> token) => _token = token[..Bytes];

    /// <summary>The format version.</summary>
    public byte Version => _token[0];

    /// <summary>The flags.</summary>
    public byte Flags => _token[1];

    /// <summary>The algorithm.</summary>
    public TokenAlgorithm Algorithm => (TokenAlgorithm)_token[2];

    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> KeyId => _token.Slice(3, KeyIdBytes);

    /// <summary>The first 4 bytes of the SHA-256 of the role's name: a hint for readers, while the name itself is in the additional data.</summary>
    public ReadOnlySpan<byte> RoleId => _token.Slice(3 + KeyIdBytes, RoleIdBytes);

    /// <summary>Bytes of the padded plaintext.</summary>
    public uint PaddedLength => BinaryPrimitives.ReadUInt32BigEndian(_token[LengthOffset..]);

    /// <summary>True when version, flags, algorithm and length are ones that this build knows.</summary>
    public bool IsValid => Version == FormatVersion && (Flags & ~TestFlag) == 0 && Algorithm is (TokenAlgorithm.Random or TokenAlgorithm.Deterministic)
        && PaddedLength is > 0 and <= TokenGrammar.PaddedBytesMax && PaddedLength % TokenGrammar.PaddingBytes == 0;

    /// <summary>Writes a header.</summary>
    public static void Write(Span<byte> destination, byte flags, TokenAlgorithm algorithm, ReadOnlySpan<byte> keyId, ReadOnlySpan<byte> roleId, uint paddedLength)
    {
        destination[0] = FormatVersion;
        destination[1] = flags;
        destination[2] = (byte)algorithm;
        keyId.CopyTo(destination.Slice(3, KeyIdBytes));
        roleId.CopyTo(destination.Slice(3 + KeyIdBytes, RoleIdBytes));
        BinaryPrimitives.WriteUInt32BigEndian(destination[LengthOffset..], paddedLength);
    }
}
