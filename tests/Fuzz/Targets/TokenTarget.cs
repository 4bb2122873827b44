using System.Buffers.Text;
using System.Text;
using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.Fuzz.Targets;

/// <summary>The input is one value for the grammar, and text for the scanner, which must also find a token that is planted in it.</summary>
internal sealed class TokenTarget : IFuzzTarget
{
    private readonly byte[] _planted = Token(TokenAlgorithm.Random, 32);

    public string Name => "token";

    public IEnumerable<byte[]> Seeds => [Token(TokenAlgorithm.Random, 16), Token(TokenAlgorithm.Random, 48), Token(TokenAlgorithm.Deterministic, 16), Token(TokenAlgorithm.Deterministic, 4096)];

    public IEnumerable<byte[]> Words => [[.. "e3."u8], [.. "e3.AQ"u8], _planted, _planted[..31], _planted[3..], [.. "="u8], [.. "-_"u8]];

    public int Run(ReadOnlyMemory<byte> input)
    {
        ReadOnlySpan<byte> text = input.Span;
        byte[] decoded = new byte[text.Length];
        bool well = TokenGrammar.TryDecode(text, decoded, out int written);
        BrokenException.Unless(well == TokenGrammar.IsToken(text), "IsToken and TryDecode agree");
        if (well)
            BrokenException.Unless(text.SequenceEqual(Encode(decoded.AsSpan(0, written))), "a token has one spelling");
        int found = Scan(text, -1, out _);
        BrokenException.Unless(!well || found == 1, "the scanner finds what the grammar takes");
        Plant(text);
        return (well ? 1 : 0) + (2 * Math.Min(found, 8));
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private void Plant(ReadOnlySpan<byte> text)
    {
        int at = text.Length == 0 ? 0 : text[0] % (text.Length + 1);
        byte[] planted = [.. text[..at], .. _planted, .. text[at..]];
        Scan(planted, at, out bool seen);
        BrokenException.Unless(seen, "a planted token is found, unless another one covers its place");
    }

    // Counts the tokens, and tells whether one of them covers a place.
    private static int Scan(ReadOnlySpan<byte> text, int place, out bool seen)
    {
        int found = 0;
        seen = false;
        for (int start = 0; TokenScanner.TryFind(text, start, out int offset, out int length); start = offset + length)
        {
            BrokenException.Unless(offset >= start && length > 0 && offset + length <= text.Length, "a found token lies in the text, behind the start");
            BrokenException.Unless(TokenGrammar.IsToken(text.Slice(offset, length)), "a found token is one");
            seen |= offset <= place && place < offset + length;
            found++;
        }

        return found;
    }

    private static byte[] Token(TokenAlgorithm algorithm, int padded)
    {
        byte[] token = new byte[TokenGrammar.Bytes(algorithm, padded)];
        for (int i = 0; i < token.Length; i++)
            token[i] = (byte)(i & 0xFF);
        TokenHeader.Write(token, 0, algorithm, token.AsSpan(20, TokenHeader.KeyIdBytes).ToArray(), token.AsSpan(30, TokenHeader.RoleIdBytes).ToArray(), (uint)padded);
        return Encode(token);
    }

    private static byte[] Encode(ReadOnlySpan<byte> token) => Encoding.ASCII.GetBytes("e3." + Base64Url.EncodeToString(token));
}
