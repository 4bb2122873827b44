namespace E3.Relay.Rules.Tests;

/// <summary>A token is <c>e3.</c> and lower-case letters.</summary>
internal sealed class FakeTokens : ITokenGrammar
{
    internal static FakeTokens Grammar { get; } = new();

    public bool IsToken(ReadOnlySpan<byte> utf8) => utf8.StartsWith("e3."u8) && utf8.Length > 3 && !utf8[3..].ContainsAnyExceptInRange((byte)'a', (byte)'z');

    public bool IsSealedFile(ReadOnlySpan<byte> bytes) => bytes.StartsWith("sealed:"u8);

    public bool TryFindToken(ReadOnlySpan<byte> utf8, int start, out int offset, out int length)
    {
        for (offset = start; ; offset++)
        {
            int next = utf8[offset..].IndexOf("e3."u8);
            length = 0;
            if (next < 0)
                return false;
            offset += next;
            int letters = utf8[(offset + 3)..].IndexOfAnyExceptInRange((byte)'a', (byte)'z');
            length = 3 + (letters < 0 ? utf8.Length - offset - 3 : letters);
            if (length > 3)
                return true;
        }
    }
}
