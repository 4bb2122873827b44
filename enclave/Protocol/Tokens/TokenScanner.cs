using System.Buffers;
using System.Buffers.Text;

namespace E3.Relay.Enclave.Protocol.Tokens;

/// <summary>Finds tokens in free text. The header says how long a token is, so what follows it may be anything, even more characters of its alphabet.</summary>
public static class TokenScanner
{
    // 7 groups of 4 characters give 21 bytes: the first whole groups that hold the 19 of the header.
    private const int HeaderCharacters = 28;

    /// <summary>Finds the first token at or behind <paramref name="start"/>. What only looks like one is passed over.</summary>
    public static bool TryFind(ReadOnlySpan<byte> text, int start, out int offset, out int length)
    {
        Span<byte> header = stackalloc byte[HeaderCharacters];
        for (offset = start; ; offset++)
        {
            int next = text[offset..].IndexOf(TokenGrammar.Prefix);
            length = 0;
            if (next < 0)
                return false;
            offset += next;
            ReadOnlySpan<byte> rest = text[offset..];
            if (rest.Length < TokenGrammar.CharactersMin)
                return false;
            ReadOnlySpan<byte> head = rest.Slice(TokenGrammar.Prefix.Length, HeaderCharacters);
            // White space and padding, which the decoder lets pass, leave fewer bytes.
            if (Base64Url.DecodeFromUtf8(head, header, out _, out int read) != OperationStatus.Done || read < TokenHeader.Bytes)
                continue;
            var parsed = new TokenHeader(header);
            if (!parsed.IsValid)
                continue;
            length = TokenGrammar.Characters(parsed.Algorithm, (int)parsed.PaddedLength);
            if (length <= rest.Length && TokenGrammar.IsToken(rest[..length]))
                return true;
        }
    }
}
