using System.Text;

namespace E3.Relay.Rules.Xml;

/// <summary>
/// References of SOAP's encoding to values that stand elsewhere in the document (SOAP 1.1, section 5.4.1; SOAP 1.2, part 2, section 3.1.5.3). Who follows them finds a value where no selector looks for it.
/// </summary>
internal static class XmlReferences
{
    private const string Soap12EncodingUri = "http://www.w3.org/2003/05/soap-encoding";

    /// <summary>Whether an element that has no other around it is an envelope, in whatever version and namespace.</summary>
    internal static bool IsEnvelope(in XmlTokenizer element) => Ascii.EqualsIgnoreCase(element.Name.Local(element.Xml), "Envelope"u8);

    /// <summary>Whether an element has an attribute that refers to another element of the document.</summary>
    internal static bool HasAny(in XmlTokenizer element)
    {
        foreach (ref readonly XmlAttributeSite attribute in element.Attributes)
        {
            ReadOnlySpan<byte> name = attribute.Name.Local(element.Xml);
            if (attribute.IsDeclaration)
                continue;
            if (attribute.Name.PrefixLength == 0 ? name.SequenceEqual("href"u8) && IsFragment(element, attribute) : name.SequenceEqual("ref"u8) && IsOfEncoding(element, attribute))
                return true;
        }

        return false;
    }

    /// <summary>A URI of this document. A character reference at its beginning may be the hash sign.</summary>
    private static bool IsFragment(in XmlTokenizer element, in XmlAttributeSite attribute) =>
        XmlText.Trim(element.Xml.Slice(attribute.ValueStart, attribute.ValueLength)) is [(byte)'#' or (byte)'&', ..];

    private static bool IsOfEncoding(in XmlTokenizer element, in XmlAttributeSite attribute) =>
        attribute.Namespace >= 0 && element.Namespaces.UriOf(attribute.Namespace) == Soap12EncodingUri;
}
