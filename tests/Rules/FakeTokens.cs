namespace E3.Relay.Rules.Tests;

/// <summary>A token is <c>e3.</c> and lower-case letters.</summary>
internal sealed class FakeTokens : ITokenGrammar
{
    internal static FakeTokens Grammar { get; } = new();

    public bool IsToken(ReadOnlySpan<byte> utf8) => utf8.StartsWith("e3."u8) && utf8.Length > 3 && !utf8[3..].ContainsAnyExceptInRange((byte)'a', (byte)'z');
}
