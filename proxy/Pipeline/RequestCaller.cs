using System.Security.Claims;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Who sends a request, with the claims of those identities that were authenticated.</summary>
internal sealed class RequestCaller(IReadOnlyList<ClaimsIdentity> identities) : ICaller
{
    /// <summary>The caller; null for nobody who is known, whatever claims an identity has that was not authenticated.</summary>
    public static RequestCaller? Of(ClaimsPrincipal user)
    {
        List<ClaimsIdentity>? known = null;
        foreach (ClaimsIdentity identity in user.Identities)
        {
            if (identity.IsAuthenticated)
                (known ??= []).Add(identity);
        }

        return known is null ? null : new RequestCaller(known);
    }

    public IReadOnlyList<string> Claim(string claim)
    {
        List<string>? values = null;
        foreach (ClaimsIdentity identity in identities)
        {
            foreach (Claim held in identity.Claims)
            {
                if (held.Type == claim)
                    (values ??= []).Add(held.Value);
            }
        }

        return values ?? (IReadOnlyList<string>)[];
    }
}
