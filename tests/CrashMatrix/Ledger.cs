using System.Collections.Concurrent;

namespace E3.Relay.CrashMatrix;

/// <summary>Every token that an engine handed out, and what it must open to.</summary>
internal sealed class Ledger
{
    private readonly ConcurrentQueue<Token> _tokens = new();

    /// <summary>How many there are.</summary>
    public int Count => _tokens.Count;

    /// <summary>All of them, by app.</summary>
    public IEnumerable<IGrouping<string, Token>> ByApp => _tokens.GroupBy(static token => token.App);

    /// <summary>Remembers a token.</summary>
    public void Add(Token token) => _tokens.Enqueue(token);
}
