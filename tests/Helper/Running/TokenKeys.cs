using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.Helper.Tests.Running;

/// <summary>Under which keys tokens are.</summary>
internal static class TokenKeys
{
    /// <summary>The id of the key, in hex.</summary>
    public static string IdOf(TransformResult token)
    {
        byte[] bytes = new byte[token.Value.Length];
        Assert.True(TokenGrammar.TryDecode(token.Value.Span, bytes, out int length));
        return Convert.ToHexStringLower(new TokenHeader(bytes.AsSpan(0, length)).KeyId);
    }
}
