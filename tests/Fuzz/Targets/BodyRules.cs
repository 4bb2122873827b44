using System.Text;
using E3.Relay.Enclave.Protocol.Tokens;
using E3.Relay.Rules;

namespace E3.Relay.Fuzz.Targets;

/// <summary>Plans for bodies, each of one encrypt operation on all paths.</summary>
internal static class BodyRules
{
    public static BodyPlan[] Plans(string kind, string contentType, params string[] selectors) => [.. selectors.Select(selector => Plan($"{kind}: [{selector}]", contentType))];

    public static RequestTarget Target { get; } = RequestTarget.TryParse("/orders/1", "shop.example.com", out RequestTarget? target, out _) ? target : throw new BrokenException("a plain target is accepted");

    public static ITokenGrammar Tokens { get; } = new Grammar();

    private static BodyPlan Plan(string selector, string contentType)
    {
        string file = $$"""
            app: shop
            rules:
              - id: fuzzed
                match: {path: /**}
                request:
                  - encrypt: {{{selector}}}
                    role: card
                    incoming: verify
            """;
        RuleLoadResult loaded = RuleLoader.Load([new RuleSource("fuzzed.yaml", Encoding.UTF8.GetBytes(file))]);
        return loaded.Rules?.Plan("POST", "shop.example.com", Target).ForRequest(contentType, true).Plan ?? throw new BrokenException($"{selector}: {string.Join('\n', loaded.Problems)}");
    }

    private sealed class Grammar : ITokenGrammar
    {
        public bool IsToken(ReadOnlySpan<byte> utf8) => TokenGrammar.IsToken(utf8);

        public bool IsSealedFile(ReadOnlySpan<byte> bytes) => bytes.StartsWith(FileToken.Magic);

        public bool TryFindToken(ReadOnlySpan<byte> utf8, int start, out int offset, out int length) => TokenScanner.TryFind(utf8, start, out offset, out length);
    }
}
