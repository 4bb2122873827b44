namespace E3.Relay.Enclave.Protocol.Tokens;

/// <summary>
/// The form of a file sealed by <see cref="TokenAlgorithm.File"/> (docs/spec/tokens.md): magic ‖ header as of every token, with the length of a segment in place of the padded length ‖ 19 random bytes,
/// then segments of <see cref="SegmentBytes"/>, each behind with its tag. The last segment alone may be shorter, and is empty in the empty file alone.
/// </summary>
public static class FileToken
{
    /// <summary>Random bytes in the header: the nonce of a segment without its counter and its mark of the last one.</summary>
    public const int RandomBytes = 19;

    /// <summary>Bytes in front of the first segment.</summary>
    public const int HeaderBytes = 4 + TokenHeader.Bytes + RandomBytes;

    /// <summary>Bytes of the file in one segment.</summary>
    public const int SegmentBytes = 64 * 1024;

    /// <summary>The most segments in one file: 1 TiB.</summary>
    public const int SegmentsMax = 1 << 24;

    /// <summary>What every such file begins with. No UTF-8 text does.</summary>
    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'e', (byte)'3', (byte)'.'];

    /// <summary>The part of the header that other tokens have too; it is authenticated with every segment.</summary>
    public static ReadOnlySpan<byte> TokenHeaderOf(ReadOnlySpan<byte> file) => file.Slice(Magic.Length, TokenHeader.Bytes);

    /// <summary>True when the bytes begin with a whole header. That says nothing of who made it, and of what follows.</summary>
    public static bool HasHeader(ReadOnlySpan<byte> file) => file.Length >= HeaderBytes && file.StartsWith(Magic) && new TokenHeader(TokenHeaderOf(file)) is
    {
        Version: TokenHeader.FormatVersion,
        Flags: 0 or TokenHeader.TestFlag,
        Algorithm: TokenAlgorithm.File,
        PaddedLength: SegmentBytes,
    };

    /// <summary>Writes a header, but for the random bytes.</summary>
    public static void WriteHeader(Span<byte> file, byte flags, ReadOnlySpan<byte> keyId, ReadOnlySpan<byte> roleId)
    {
        Magic.CopyTo(file);
        TokenHeader.Write(file[Magic.Length..], flags, TokenAlgorithm.File, keyId, roleId, SegmentBytes);
    }

    /// <summary>Bytes of the sealed form of a file of this many bytes.</summary>
    public static long SealedBytes(long fileBytes) => checked(HeaderBytes + fileBytes + (Math.Max(1, (fileBytes + SegmentBytes - 1) / SegmentBytes) * TokenGrammar.TagBytes));
}
