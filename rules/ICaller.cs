namespace E3.Relay.Rules;

/// <summary>Who sends a request, as far as rules ask: <c>for</c> and <c>bind: ["claim:sub"]</c>.</summary>
public interface ICaller
{
    /// <summary>The values of a claim; empty when the caller has none of that type. Compared and bound byte by byte, so they must be what was authenticated.</summary>
    /// <param name="claim">The claim's type, such as <c>sub</c> or <c>scope</c> (RFC 7519 section 4, RFC 8693 section 4.2).</param>
    IReadOnlyList<string> Claim(string claim);
}
