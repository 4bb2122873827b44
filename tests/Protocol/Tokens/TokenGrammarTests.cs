using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using CsCheck;
using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.Enclave.Protocol.Tests.Tokens;

public sealed class TokenGrammarTests
{
    private const string File = "tokens.json";

    // Padded lengths whose tokens have 0, 1 and 2 bytes behind the last whole group of three.
    private static readonly int[] PaddedLengths = [16, 32, 48];

    public static TheoryData<string> Headers => Vectors.Names(File, "headers");

    public static TheoryData<string> WellFormed => Vectors.Names(File, "wellFormed");

    public static TheoryData<string> Refused => Vectors.Names(File, "refused", "why");

    [Theory]
    [MemberData(nameof(Headers))]
    public void Header_Golden_ReadsAndWritesTheSame(string name)
    {
        JsonElement vector = Vectors.Find(File, "headers", name);
        byte[] bytes = vector.Bytes("header");
        var header = new TokenHeader(bytes);
        Assert.Equal(TokenHeader.FormatVersion, header.Version);
        Assert.Equal(vector.GetProperty("flags").GetByte(), header.Flags);
        Assert.Equal((TokenAlgorithm)vector.GetProperty("algorithm").GetByte(), header.Algorithm);
        Assert.Equal(vector.Bytes("keyId"), header.KeyId);
        Assert.Equal(vector.Bytes("roleId"), header.RoleId);
        Assert.Equal(vector.GetProperty("paddedLength").GetUInt32(), header.PaddedLength);
        byte[] written = new byte[TokenHeader.Bytes];
        TokenHeader.Write(written, header.Flags, header.Algorithm, header.KeyId, header.RoleId, header.PaddedLength);
        Assert.Equal(bytes, written);
    }

    [Theory]
    [MemberData(nameof(WellFormed))]
    public void Token_Golden_IsDecoded(string name)
    {
        JsonElement vector = Vectors.Find(File, "wellFormed", name);
        Assert.Equal(vector.Bytes("decoded"), Decode(Encoding.UTF8.GetBytes(vector.Text("token"))));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Token_Malformed_IsRefused(string why) => AssertRefused(Encoding.UTF8.GetBytes(Vectors.Find(File, "refused", why, "why").Text("token")));

    [Fact]
    public void Token_OfAnyTruncation_IsRefused()
    {
        foreach (int padded in PaddedLengths)
        {
            byte[] token = Encode(Token(padded));
            for (int length = 0; length < token.Length; length++)
            {
                AssertRefused(token[..length]);
                AssertRefused(token[^length..]);
            }
        }
    }

    [Fact]
    public void Token_WithStrayBitsBehindItsEnd_IsRefused()
    {
        foreach (int padded in PaddedLengths)
        {
            byte[] token = Encode(Token(padded));
            int strayBits = (TokenGrammar.Bytes(TokenAlgorithm.Random, padded) % 3) switch { 0 => 0, 1 => 4, _ => 2 };
            int last = Array.IndexOf(Alphabet, token[^1]);
            for (int stray = 1; stray < 1 << strayBits; stray++)
            {
                token[^1] = Alphabet[last | stray];
                AssertRefused(token);
            }
        }
    }

    [Fact]
    public void Token_WithAnotherCharacterAnywhere_IsRefused()
    {
        byte[] others = [.. Enumerable.Range(0, 256).Select(value => (byte)value).Except(Alphabet)];
        foreach (int padded in PaddedLengths)
        {
            byte[] token = Encode(Token(padded));
            for (int i = TokenGrammar.Prefix.Length; i < token.Length; i++)
            {
                byte[] changed = [.. token];
                changed[i] = others[i % others.Length];
                AssertRefused(changed);
            }

            foreach (byte other in others)
            {
                AssertRefused([.. token, other]);
                AssertRefused([.. token, other, other]);
                AssertRefused([.. token[..20], other, .. token[20..]]);
                AssertRefused([.. token[..^1], other]);
            }
        }
    }

    [Fact]
    public void Token_ShortestAndLongest_AreTokens_AndNoneBeyond()
    {
        Assert.Equal(71, TokenGrammar.CharactersMin);
        Assert.Equal(Encode(Token(TokenGrammar.PaddedBytesMax)).Length, TokenGrammar.CharactersMax);
        Assert.True(TokenGrammar.IsToken(Encode(Token(TokenGrammar.PaddingBytes))));
        Assert.True(TokenGrammar.IsToken(Encode(Token(TokenGrammar.PaddedBytesMax))));
        AssertRefused(Encode(Token(0)));
        AssertRefused(Encode(Token(TokenGrammar.PaddedBytesMax + TokenGrammar.PaddingBytes)));
    }

    [Fact]
    public void Characters_OfAnyPaddedLength_IsTheLengthOfTheText() =>
        Gen.Int[1, 5000].Sample(blocks => Assert.Equal(Encode(Token(blocks * 16)).Length, TokenGrammar.Characters(TokenAlgorithm.Random, blocks * 16)));

    [Fact]
    public void Decode_OfEncodedBytes_IsTheSame() =>
        Gen.Select(Gen.Int[1, 64], Gen.Byte[0, 1], Gen.Byte.Array[12], Gen.Int).Sample((blocks, flags, ids, seed) =>
        {
            byte[] token = Token(blocks * 16);
            new Random(seed).NextBytes(token.AsSpan(TokenHeader.Bytes));
            TokenHeader.Write(token, flags, TokenAlgorithm.Random, ids.AsSpan(0, 8), ids.AsSpan(8), (uint)blocks * 16);
            Assert.Equal(token, Decode(Encode(token)));
        });

    [Fact]
    public void Decode_OfAnyBytes_NeverThrows_AndWhatItAcceptsIsCanonical() =>
        Gen.OneOf(Gen.Byte.Array[0, 300], Gen.Int[0, Alphabet.Length - 1].Select(index => Alphabet[index]).Array[100, 300], Changed()).Sample(
            bytes =>
            {
                byte[] text = bytes.AsSpan().StartsWith(TokenGrammar.Prefix) ? bytes : [.. TokenGrammar.Prefix, .. bytes];
                TokenGrammar.IsToken(bytes);
                if (TokenGrammar.IsToken(text))
                    Assert.Equal(text, Encode(Decode(text)));
            },
            iter: 2000);

    [Fact]
    public void TryDecode_IntoExactlyTheTokensLength_Suffices()
    {
        byte[] text = Encode(Token(16));
        Assert.True(TokenGrammar.TryDecode(text, new byte[text.Length], out int written));
        Assert.Equal(TokenGrammar.Bytes(TokenAlgorithm.Random, 16), written);
    }

    [Fact]
    public void TryDecode_IntoTooLittle_IsFalse()
    {
        byte[] text = Encode(Token(16));
        Assert.False(TokenGrammar.TryDecode(text, new byte[10], out _));
    }

    private static readonly byte[] Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8.ToArray();

    private static void AssertRefused(byte[] text)
    {
        Assert.False(TokenGrammar.IsToken(text), Encoding.Latin1.GetString(text));
        Assert.False(TokenGrammar.TryDecode(text, new byte[text.Length], out _));
    }

    // A good token of which a few bytes are others.
    private static Gen<byte[]> Changed() => Gen.Select(Gen.Int[0, 2], Gen.Int[0, 102].Array[1, 3], Gen.Byte).Select((length, positions, value) =>
    {
        byte[] text = Encode(Token(PaddedLengths[length]));
        foreach (int position in positions)
            text[position] = value;
        return text;
    });

    private static byte[] Token(int padded)
    {
        byte[] token = new byte[TokenGrammar.Bytes(TokenAlgorithm.Random, padded)];
        TokenHeader.Write(token, 0, TokenAlgorithm.Random, "keyid-08"u8, "role"u8, (uint)padded);
        return token;
    }

    private static byte[] Encode(byte[] token) => Encoding.ASCII.GetBytes("e3." + Base64Url.EncodeToString(token));

    private static byte[] Decode(byte[] text)
    {
        byte[] decoded = new byte[text.Length];
        Assert.True(TokenGrammar.IsToken(text));
        Assert.True(TokenGrammar.TryDecode(text, decoded, out int written));
        return decoded[..written];
    }
}
