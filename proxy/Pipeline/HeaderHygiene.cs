using System.Collections.Frozen;
using E3.Relay.Proxy.Codings;
using E3.Relay.Rules;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Headers that would undo what the rules decide, or tell something about a body that is no longer true.</summary>
internal static class HeaderHygiene
{
    // A server that honours one of these handles another request than the one that the rules saw.
    private static readonly FrozenSet<string> Overrides = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Forwarded-Method", "X-Original-Method",
        "X-Original-URL", "X-Original-URI", "X-Rewrite-URL", "X-Override-URL", "X-Forwarded-URI", "X-Forwarded-Path", "X-Original-Host");

    // CGI and its heirs make no difference between '_' and '-' (RFC 3875 section 4.1.18): with an underscore these would be a second framing or type.
    private static readonly FrozenSet<string> Underscored = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Host");

    private static readonly string[] Digests = ["Content-MD5", "Digest", "Repr-Digest", "Content-Digest"];
    private static readonly string[] Conditionals = [HeaderNames.IfNoneMatch, HeaderNames.IfModifiedSince];
    private static readonly string[] Parts = [HeaderNames.IfRange, HeaderNames.Range, "Request-Range", "A-IM"];
    private static readonly string[] Caching = [HeaderNames.ETag, HeaderNames.LastModified, HeaderNames.Expires, HeaderNames.Age, "CDN-Cache-Control", "Surrogate-Control"];
    private static readonly string[] CallerDependent = [HeaderNames.Authorization, HeaderNames.Cookie];

    /// <summary>Removes what would make the upstream see another method, path or framing.</summary>
    public static void RemoveOverrides(IHeaderDictionary headers)
    {
        List<string>? found = null;
        foreach (KeyValuePair<string, StringValues> header in headers)
        {
            bool underscored = header.Key.Contains('_', StringComparison.Ordinal);
            string name = underscored ? header.Key.Replace('_', '-') : header.Key;
            if (Overrides.Contains(name) || (underscored && Underscored.Contains(name)))
                (found ??= []).Add(header.Key);
        }

        foreach (string name in found ?? [])
            headers.Remove(name);
    }

    /// <summary>
    /// One line of cookies and one reading of it: some servers read the first of several lines, some the last, and some join them at a comma. RFC 2965 had fields of its own,
    /// which nobody sends any more and some servers still read.
    /// </summary>
    public static void MakeCookiesOne(IHeaderDictionary headers)
    {
        headers.Remove("Cookie2");
        headers.Remove("Set-Cookie2");
        if (headers.Cookie.Count > 1)
            headers.Cookie = string.Join("; ", headers.Cookie.ToArray());
    }

    /// <summary>Digests of a body that was changed.</summary>
    public static void RemoveDigests(IHeaderDictionary headers) => RemoveAll(headers, Digests);

    /// <summary>What tells one state of a body from another, and no longer tells the truth of one that was changed.</summary>
    public static void RemoveValidators(IHeaderDictionary headers)
    {
        RemoveDigests(headers);
        headers.Remove(HeaderNames.ETag);
        headers.Remove(HeaderNames.AcceptRanges);
    }

    /// <summary>Asks the upstream for a whole body, in a coding that the client accepts and that can be undone; in none where it would not get to the client, or the body could not be changed while it passes.</summary>
    /// <param name="requestHeaders">The request's headers.</param>
    /// <param name="plan">Says whether the upstream may answer that what the client has is still good, whether codings are kept, and whether large bodies pass.</param>
    public static void AskForWholeBody(IHeaderDictionary requestHeaders, RequestPlan plan)
    {
        RemoveAll(requestHeaders, Parts);
        if (!plan.KeepsCache)
            RemoveAll(requestHeaders, Conditionals);
        requestHeaders.AcceptEncoding = plan is { KeepsResponseCoding: true, StreamsResponses: false } ? CodingNames.Intersect(requestHeaders.AcceptEncoding) : CodingNames.Identity;
    }

    /// <summary>Keeps a response that rules apply to out of every shared cache, whatever became of it.</summary>
    public static void ForbidCaching(IHeaderDictionary headers)
    {
        RemoveAll(headers, Caching);
        RemoveDigests(headers);
        headers.Remove(HeaderNames.AcceptRanges);
        headers.CacheControl = "private, no-store";
        headers.Vary = StringValues.Concat(headers.Vary, CallerDependent);
    }

    private static void RemoveAll(IHeaderDictionary headers, string[] names)
    {
        foreach (string name in names)
            headers.Remove(name);
    }
}
