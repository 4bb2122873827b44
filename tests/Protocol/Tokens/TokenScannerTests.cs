using System.Text;
using CsCheck;
using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.Enclave.Protocol.Tests.Tokens;

/// <summary>Tokens in text that anybody wrote.</summary>
public sealed class TokenScannerTests
{
    private const string Token = "e3.AQABAQIDBAUGBwjw8fLzAAAAEBAREhMUFRYXGBkaGxwdHh8gISIjJCUmJzM0NTY3ODk6Ozw9Pj9AQULg4eLj5OXm5-jp6uvs7e7v";

    [Theory]
    [InlineData("")]
    [InlineData("e3.")]
    [InlineData("e3.e3.AQABAQID")]
    [InlineData("<>\"%&+/ \r\n")]
    [InlineData("e3.AQABAQ =\tIDBAUGBwjw8fLz\r\n")]
    [InlineData("e3.AQABAQIDBAUGBwjw8fLzA\u00E9AAEBAREhMUFRYXGBka ")]
    public void TryFind_TokenBehindAnyText_IsFound(string before)
    {
        byte[] text = Encoding.UTF8.GetBytes(before + Token + "AAAA");
        Assert.True(TokenScanner.TryFind(text, 0, out int offset, out int length));
        Assert.Equal(Token, Encoding.UTF8.GetString(text, offset, length));
        Assert.False(TokenScanner.TryFind(text, offset + 1, out _, out length));
        Assert.Equal(0, length);
    }

    [Fact]
    public void TryFind_OfLookAlikes_IsFalse()
    {
        string filler = new(' ', TokenGrammar.CharactersMax % 200);
        foreach (string text in (string[])[Token[..^1], Token.Replace('Q', ' '), Token[..20] + "=" + Token[21..], Token.Replace("AQAB", "AQAD", StringComparison.Ordinal), "e3." + filler, filler])
            Assert.False(TokenScanner.TryFind(Encoding.UTF8.GetBytes(text), 0, out _, out _), text);
    }

    [Fact]
    public void TryFind_InAnyText_NeverThrows_AndFindsTokensAlone() =>
        Gen.OneOf(Gen.Byte.Array[0, 40], Gen.Const(Encoding.UTF8.GetBytes(Token)), Gen.Const("e3."u8.ToArray())).Array[0, 8].Sample(
            parts =>
            {
                byte[] text = [.. parts.SelectMany(static part => part)];
                for (int start = 0; TokenScanner.TryFind(text, start, out int offset, out int length); start = offset + length)
                    Assert.True(offset >= start && TokenGrammar.IsToken(text.AsSpan(offset, length)));
            },
            iter: 2000);
}
