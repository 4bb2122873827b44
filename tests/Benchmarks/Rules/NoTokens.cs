using E3.Relay.Rules;

namespace E3.Relay.Benchmarks.Rules;

/// <summary>Nothing is a token.</summary>
internal sealed class NoTokens : ITokenGrammar
{
    public static NoTokens Grammar { get; } = new();

    public bool IsToken(ReadOnlySpan<byte> utf8) => false;

    public bool IsSealedFile(ReadOnlySpan<byte> bytes) => false;

    public bool TryFindToken(ReadOnlySpan<byte> utf8, int start, out int offset, out int length)
    {
        (offset, length) = (0, 0);
        return false;
    }
}
