using System.Buffers;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Xml;

/// <summary>Writes values into an XML document.</summary>
internal static class XmlValueWriter
{
    /// <summary>Writes a value in the place of another.</summary>
    internal static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> value, FieldSite site, ReadOnlySpan<byte> body)
    {
        bool isAttribute = (site.Place & XmlPlace.Attribute) != 0, asAscii = (site.Place & XmlPlace.Ascii) != 0;
        if ((site.Place & XmlPlace.EmptyElement) == 0)
        {
            XmlText.Write(output, value, isAttribute, asAscii);
            return;
        }

        output.Write(">"u8);
        XmlText.Write(output, value, false, asAscii);
        output.Write("</"u8);
        output.Write(NameBefore(body[..site.Start]));
        output.Write(">"u8);
    }

    /// <summary>The name of the tag that ends here: no attribute holds the character that it begins with.</summary>
    private static ReadOnlySpan<byte> NameBefore(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> tag = body[(body.LastIndexOf((byte)'<') + 1)..];
        int end = tag.IndexOfAny(" \t\r\n"u8);
        return end < 0 ? tag : tag[..end];
    }
}
