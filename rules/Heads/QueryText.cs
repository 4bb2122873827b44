using System.Text;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Heads;

/// <summary>A field that names the charset of the others (HTML, section 4.10.21.5) says it of a query too.</summary>
internal static class QueryText
{
    private static ReadOnlySpan<byte> CharsetField => "_charset_"u8;

    internal static bool IsCharsetField(ReadOnlySpan<byte> rawName) => Is(rawName, CharsetField);

    internal static bool IsUtf8(ReadOnlySpan<byte> rawValue) => Is(rawValue, "utf-8"u8);

    private static bool Is(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> text)
    {
        if (raw.Length > 3 * text.Length)
            return false;
        Span<byte> decoded = stackalloc byte[raw.Length];
        return FormText.TryDecode(raw, decoded, out int written) && Ascii.EqualsIgnoreCase(decoded[..written], text);
    }
}
