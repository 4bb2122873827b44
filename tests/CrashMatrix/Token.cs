using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.CrashMatrix;

/// <summary>A token as it was handed out.</summary>
internal sealed record Token(string App, ReadOnlyMemory<byte> Text, ReadOnlyMemory<byte> Value)
{
    /// <summary>The id of its key, in hex.</summary>
    public string KeyId
    {
        get
        {
            byte[] bytes = new byte[Text.Length];
            return TokenGrammar.TryDecode(Text.Span, bytes, out int length) ? Convert.ToHexStringLower(new TokenHeader(bytes.AsSpan(0, length)).KeyId) : "none";
        }
    }
}
