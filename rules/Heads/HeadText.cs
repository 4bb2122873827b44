using System.Buffers;

namespace E3.Relay.Rules.Heads;

/// <summary>What may stand as a value in the places of a head.</summary>
internal static class HeadText
{
    private const string Visible = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
    private static readonly SearchValues<char> FieldCharacters = SearchValues.Create(Visible + " \t");
    private static readonly SearchValues<byte> CookieOctets = SearchValues.Create([.. Visible.Where(c => !"\",;\\".Contains(c, StringComparison.Ordinal)).Select(c => (byte)c)]);

    /// <summary>ASCII without control characters and white space at the ends (RFC 9110, section 5.5). Bytes above are of no known charset.</summary>
    internal static bool IsFieldValue(ReadOnlySpan<char> value) => !value.ContainsAnyExcept(FieldCharacters) && value.Trim(" \t").Length == value.Length;

    /// <summary>RFC 6265, section 4.1.1: <c>cookie-octet</c>, without the quotes that may be around them.</summary>
    internal static bool IsCookieValue(ReadOnlySpan<byte> value) => !value.ContainsAnyExcept(CookieOctets);
}
