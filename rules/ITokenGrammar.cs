namespace E3.Relay.Rules;

/// <summary>Tells tokens from other text. The library knows no token format itself.</summary>
public interface ITokenGrammar
{
    /// <summary>Whether the whole value is a well-formed token. It says nothing about whether the token opens.</summary>
    /// <param name="utf8">The decoded value.</param>
    bool IsToken(ReadOnlySpan<byte> utf8);
}
