using System.Buffers;
using System.Buffers.Text;

namespace E3.Relay.Enclave.Protocol.Tokens;

/// <summary>
/// The text form of a token: <c>e3.</c> and the base64url (RFC 4648 section 5, no padding, canonical) of header ‖ nonce ‖ ciphertext ‖ tag.
/// Only RFC 3986 unreserved characters, so it survives JSON, XML, forms, headers and URLs unescaped.
/// </summary>
public static class TokenGrammar
{
    /// <summary>Bytes of a nonce of algorithm 1.</summary>
    public const int NonceBytes = 24;

    /// <summary>Bytes of a tag.</summary>
    public const int TagBytes = 16;

    /// <summary>The plaintext is padded to a multiple of this many bytes.</summary>
    public const int PaddingBytes = 16;

    /// <summary>The most bytes of padded plaintext: the largest field, its type byte and padding.</summary>
    public const int PaddedBytesMax = ProtocolLimits.FieldBytesMax + PaddingBytes;

    /// <summary>Characters of the shortest token.</summary>
    public static readonly int CharactersMin = Characters(TokenAlgorithm.Deterministic, PaddingBytes);

    /// <summary>Characters of the longest token.</summary>
    public static readonly int CharactersMax = Characters(TokenAlgorithm.Random, PaddedBytesMax);

    /// <summary>What every token starts with.</summary>
    public static ReadOnlySpan<byte> Prefix => "e3."u8;

    /// <summary>Bytes of the nonce in a token.</summary>
    public static int NonceLength(TokenAlgorithm algorithm) => algorithm == TokenAlgorithm.Random ? NonceBytes : 0;

    /// <summary>Padded length of a value of this many bytes: the type byte in front, at least one byte of padding behind.</summary>
    public static int PaddedLength(int valueLength) => checked((valueLength + 2 + PaddingBytes - 1) / PaddingBytes * PaddingBytes);

    /// <summary>Decoded bytes of a token with this much padded plaintext.</summary>
    public static int Bytes(TokenAlgorithm algorithm, int paddedLength) => checked(TokenHeader.Bytes + NonceLength(algorithm) + paddedLength + TagBytes);

    /// <summary>Characters of a token with this much padded plaintext.</summary>
    public static int Characters(TokenAlgorithm algorithm, int paddedLength) => checked(3 + ((Bytes(algorithm, paddedLength) * 8) + 5) / 6);

    /// <summary>True when the whole value is a well-formed token. That says nothing of who made it.</summary>
    public static bool IsToken(ReadOnlySpan<byte> value)
    {
        if (value.Length < CharactersMin || value.Length > CharactersMax || !value.StartsWith(Prefix))
            return false;
        byte[] rented = ArrayPool<byte>.Shared.Rent(value.Length);
        bool well = TryDecode(value, rented, out _);
        ArrayPool<byte>.Shared.Return(rented);
        return well;
    }

    /// <summary>
    /// Decodes a whole token into <paramref name="destination"/> (at least as long as the value). False unless prefix, alphabet, canonical ending, version,
    /// flags, algorithm and length are all as written here.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> value, Span<byte> destination, out int written)
    {
        written = 0;
        if (value.Length < CharactersMin || value.Length > CharactersMax || !value.StartsWith(Prefix))
            return false;
        ReadOnlySpan<byte> text = value[Prefix.Length..];
        if (Base64Url.DecodeFromUtf8(text, destination, out int consumed, out written) != OperationStatus.Done || consumed != text.Length)
            return false;
        return IsWellFormed(destination[..written]) && IsCanonical(text, destination[..written]);
    }

    private static bool IsWellFormed(ReadOnlySpan<byte> token)
    {
        if (token.Length < TokenHeader.Bytes)
            return false;
        var header = new TokenHeader(token);
        return header.IsValid && token.Length == Bytes(header.Algorithm, (int)header.PaddedLength);
    }

    // The decoder lets white space, padding and stray bits in the last character pass. The right number of characters excludes the first two, and encoding the last bytes again the third.
    private static bool IsCanonical(ReadOnlySpan<byte> text, ReadOnlySpan<byte> token)
    {
        int tail = token.Length % 3;
        int tailCharacters = tail == 0 ? 0 : tail + 1;
        if (text.Length != ((token.Length / 3) * 4) + tailCharacters)
            return false;
        Span<byte> again = stackalloc byte[4];
        Base64Url.EncodeToUtf8(token[^tail..], again, out _, out int count);
        return text[^tailCharacters..].SequenceEqual(again[..count]);
    }
}
