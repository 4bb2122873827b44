namespace E3.Relay.Rules.Documents;

/// <summary>Whom an operation is for: a value of each named claim must be one of those wanted.</summary>
/// <param name="claims">The claims with the values of which any one suffices.</param>
internal sealed class CallerCondition(IReadOnlyList<(string Claim, string[] AnyOf)> claims)
{
    /// <summary>The condition in words.</summary>
    internal string Text { get; } = string.Join(" and ", claims.Select(claim => $"{claim.Claim} {string.Join(" or ", claim.AnyOf)}"));

    /// <summary>What is compared to tell whether two conditions are the same.</summary>
    internal string Key { get; } = string.Join('\u0001', claims.OrderBy(claim => claim.Claim, StringComparer.Ordinal)
        .Select(claim => string.Join('\0', claim.AnyOf.Order(StringComparer.Ordinal).Prepend(claim.Claim))));

    /// <summary>A caller who is nobody has no claims, so no condition holds.</summary>
    internal bool Holds(ICaller? caller)
    {
        if (caller is null)
            return false;
        foreach ((string claim, string[] anyOf) in claims)
        {
            if (!HasAny(caller.Claim(claim), anyOf, IsList(claim)))
                return false;
        }

        return true;
    }

    /// <summary>Claims whose one text is a list with spaces between its values: RFC 8693 section 4.2, and what others call it.</summary>
    internal static bool IsList(string claim) => claim is "scope" or "scp";

    private static bool HasAny(IReadOnlyList<string> held, string[] anyOf, bool isList)
    {
        foreach (string value in held)
        {
            if (!isList && Array.IndexOf(anyOf, value) >= 0)
                return true;
            if (isList && value.Split(' ').Any(part => Array.IndexOf(anyOf, part) >= 0))
                return true;
        }

        return false;
    }
}
