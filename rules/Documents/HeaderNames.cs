using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Documents;

/// <summary>Header fields that no rule may select, each with the reason for the author of the rule.</summary>
internal static class HeaderNames
{
    private const string Framing = "frames the message or belongs to one connection";
    private const string Routing = "says where the message goes";
    private const string Content = "says what the body is; a body that is changed could not be read any more";
    private const string Conditional = "is about caching or parts of bodies, and is corrected or removed where rules apply";
    private const string Removed = "is removed from every request where rules apply";
    private const string Cookies = "carries cookies; use cookie: [name]";

    private static readonly (string Reason, string[] Names)[] Table =
    [
        (Framing,
        [
            "Connection", "Content-Length", "Expect", "HTTP2-Settings", "Keep-Alive", "Max-Forwards", "Proxy-Authenticate", "Proxy-Authorization",
            "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Via",
        ]),
        (Routing, ["Alt-Svc", "Forwarded", "Host", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Proto"]),
        (Content, ["Content-Encoding", "Content-Range", "Content-Type"]),
        (Conditional,
        [
            "A-IM", "Accept-Encoding", "Accept-Ranges", "Age", "Cache-Control", "CDN-Cache-Control", "Content-Digest", "Content-MD5", "Digest", "ETag", "Expires", "If-Match",
            "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Last-Modified", "Pragma", "Range", "Repr-Digest", "Request-Range", "Surrogate-Control", "Vary",
        ]),
        (Removed,
        [
            "X-Forwarded-Method", "X-Forwarded-Path", "X-Forwarded-URI", "X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override", "X-Original-Host",
            "X-Original-Method", "X-Original-URI", "X-Original-URL", "X-Override-URL", "X-Rewrite-URL",
        ]),
        (Cookies, ["Cookie", "Cookie2", "Set-Cookie", "Set-Cookie2"]),
        ("is set by the relay itself", ["E3-Simulated"]),
    ];

    /// <summary>Why a selector may not stand in a rule; null when it may.</summary>
    internal static string? WhyRefused(HeaderName selector, bool isResponse)
    {
        foreach ((string reason, string[] names) in Table)
        {
            // An underscore would not make it another field to all servers, whatever `names` says.
            if (names.FirstOrDefault(name => HeaderName.Meet(selector, false, new HeaderName(name, name, false), false)) is { } met)
                return selector.IsPrefix ? $"selects {met} too, which {reason}" : reason;
        }

        return isResponse && !selector.IsPrefix && selector.Name.Equals("Authorization", StringComparison.OrdinalIgnoreCase) ? "is no field of responses" : null;
    }
}
