using System.Buffers.Text;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.Benchmarks.Channel;

/// <summary>The dearest tokens that a forger can ask for: known key ids, and a nonce of its own in each, so that no derived key is at hand.</summary>
internal static class ForgedTokens
{
    /// <summary>A group with the same fields, none of which opens.</summary>
    public static TransformGroup Of(TransformGroup good) =>
        new() { Operation = good.Operation, App = good.App, Role = good.Role, Items = [.. good.Items.Select(static item => new TransformItem(item.Type, Of(item.Value)))] };

    private static byte[] Of(ReadOnlyMemory<byte> token)
    {
        byte[] bytes = Base64Url.DecodeFromUtf8(token.Span[TokenGrammar.Prefix.Length..]);
        RandomNumberGenerator.Fill(bytes.AsSpan(TokenHeader.Bytes, TokenGrammar.NonceBytes));
        return [.. TokenGrammar.Prefix, .. Base64Url.EncodeToUtf8(bytes)];
    }
}
