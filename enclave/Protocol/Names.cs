using System.Buffers;

namespace E3.Relay.Enclave.Protocol;

/// <summary>Names of apps, roles and callers.</summary>
public static class Names
{
    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>In a grant: every app, or every role.</summary>
    public static string Any => "*";

    /// <summary>True for 1 to 64 of <c>a-z 0-9 - _ .</c>.</summary>
    public static bool IsValid(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= ProtocolLimits.NameBytesMax && !name.ContainsAnyExcept(Allowed);
}
