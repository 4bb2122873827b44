using System.Diagnostics.CodeAnalysis;

namespace E3.Relay.Rules.Selectors;

/// <summary>Compares names of header fields in their comparable form, without making it.</summary>
internal sealed class HeaderNameComparer(bool exact) : IEqualityComparer<string>
{
    public bool Equals(string? x, string? y) => x is null || y is null ? ReferenceEquals(x, y) : x.Length == y.Length && StartsWith(x, y);

    public int GetHashCode([DisallowNull] string obj)
    {
        HashCode hash = default;
        foreach (char c in obj)
            hash.Add(HeaderName.Fold(c, exact));
        return hash.ToHashCode();
    }

    internal bool StartsWith(string name, string beginning)
    {
        if (name.Length < beginning.Length)
            return false;
        for (int i = 0; i < beginning.Length; i++)
        {
            if (HeaderName.Fold(name[i], exact) != HeaderName.Fold(beginning[i], exact))
                return false;
        }

        return true;
    }
}
