using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace E3.Relay.Rules.Multipart;

/// <summary>The value of <c>filename*</c>: <c>UTF-8'language'percent-encoded</c> (RFC 8187 section 3.2).</summary>
internal static class ExtendedValue
{
    private const string Plain = "!#$&+-.^_`|~";

    /// <summary>Decodes a value; false for another charset and whatever is malformed.</summary>
    public static bool TryDecode(string text, out string? decoded)
    {
        decoded = null;
        string[] parts = text.Split('\'');
        if (parts.Length != 3 || !parts[0].Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            return false;
        var bytes = new List<byte>(parts[2].Length);
        for (int i = 0; i < parts[2].Length; i++)
        {
            char character = parts[2][i];
            if (char.IsAsciiLetterOrDigit(character) || Plain.Contains(character, StringComparison.Ordinal))
            {
                bytes.Add((byte)character);
                continue;
            }

            if (character != '%' || i + 2 >= parts[2].Length || !byte.TryParse(parts[2].AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
                return false;
            bytes.Add(value);
            i += 2;
        }

        byte[] utf8 = [.. bytes];
        if (!Utf8.IsValid(utf8))
            return false;
        decoded = Encoding.UTF8.GetString(utf8);
        return true;
    }
}
