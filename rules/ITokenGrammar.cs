namespace E3.Relay.Rules;

/// <summary>Tells tokens from other text. The library knows no token format itself.</summary>
public interface ITokenGrammar
{
    /// <summary>Whether the whole value is a well-formed token. It says nothing about whether the token opens.</summary>
    /// <param name="utf8">The decoded value.</param>
    bool IsToken(ReadOnlySpan<byte> utf8);

    /// <summary>Whether the bytes begin as a sealed file does. It says nothing about whether the file opens.</summary>
    /// <param name="bytes">The bytes of a file.</param>
    bool IsSealedFile(ReadOnlySpan<byte> bytes);

    /// <summary>Finds the first well-formed token in a text, at or behind a place. What stands around it may be anything.</summary>
    /// <param name="utf8">The decoded text.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="offset">Where the token begins.</param>
    /// <param name="length">Its bytes; it is ASCII.</param>
    bool TryFindToken(ReadOnlySpan<byte> utf8, int start, out int offset, out int length);
}
