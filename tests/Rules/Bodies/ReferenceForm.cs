using System.Text;
using System.Text.Unicode;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Tests.Bodies;

/// <summary>Reads forms as simply as it can be written: splits, decodes everything, asks every name.</summary>
internal sealed class ReferenceForm(params string[] names)
{
    private readonly FormMatcher _form = new([.. names.Select(name => (FormName.Parse(name), false))]);

    /// <summary>What the form is when every selected value is replaced, or why it is refused.</summary>
    internal (RefusalCode? Refusal, string Values, string Written) Replace(byte[] body, string replacement)
    {
        if (JudgeWhole(body) is { } refused)
            return (refused, "", "");
        List<string> values = [], written = [];
        foreach (string field in Encoding.Latin1.GetString(body).Split('&'))
        {
            string[] parts = field.Split('=', 2);
            if (field.Length > 0 && (Decode(parts[0], out byte[] name) ?? Decode(parts.Length > 1 ? parts[1] : "", out _)) is { } malformed)
                return (malformed, "", "");
            Decode(parts[0], out name);
            Decode(parts.Length > 1 ? parts[1] : "", out byte[] value);
            bool isCharset = Ascii.EqualsIgnoreCase(name, "_charset_"u8);
            if (Array.Exists(name, b => b < 0x20) || (isCharset && !Ascii.EqualsIgnoreCase(value, "utf-8"u8)))
                return (RefusalCode.AmbiguousForm, "", "");
            bool selected = field.Length > 0 && !isCharset && Selects(name);
            if (selected)
                values.Add(Encoding.UTF8.GetString(value));
            written.Add(selected ? $"{parts[0]}={replacement}" : field);
        }

        return (null, string.Join('|', values), Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(string.Join('&', written))));
    }

    private static RefusalCode? JudgeWhole(byte[] body)
    {
        if (!Utf8.IsValid(body) || body.AsSpan().StartsWith("\uFEFF"u8))
            return RefusalCode.MalformedText;
        if (Array.Exists(body, b => b is < 0x20 or 0x7F or (byte)';'))
            return RefusalCode.AmbiguousForm;
        return Encoding.UTF8.GetString(body).TrimStart(' ') is ['{' or '[' or '"' or '<', ..] ? RefusalCode.AmbiguousForm : null;
    }

    private static RefusalCode? Decode(string text, out byte[] decoded)
    {
        List<byte> bytes = [];
        decoded = [];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                    return RefusalCode.AmbiguousForm;
                bytes.Add(Convert.FromHexString(text.AsSpan(i + 1, 2))[0]);
                i += 2;
            }
            else
            {
                bytes.Add((byte)(text[i] == '+' ? ' ' : text[i]));
            }
        }

        decoded = [.. bytes];
        return Utf8.IsValid(decoded) ? null : RefusalCode.MalformedText;
    }

    private bool Selects(byte[] name)
    {
        List<int> selectors = [];
        _form.Match(name, selectors);
        return selectors.Count > 0;
    }
}
