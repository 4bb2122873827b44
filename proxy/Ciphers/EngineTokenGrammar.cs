using E3.Relay.Enclave.Protocol.Tokens;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Ciphers;

/// <summary>Tells the rules what a token looks like.</summary>
internal sealed class EngineTokenGrammar : ITokenGrammar
{
    public static EngineTokenGrammar Instance { get; } = new();

    public bool IsToken(ReadOnlySpan<byte> utf8) => TokenGrammar.IsToken(utf8);

    public bool IsSealedFile(ReadOnlySpan<byte> bytes) => bytes.StartsWith(FileToken.Magic);

    public bool TryFindToken(ReadOnlySpan<byte> utf8, int start, out int offset, out int length) => TokenScanner.TryFind(utf8, start, out offset, out length);
}
