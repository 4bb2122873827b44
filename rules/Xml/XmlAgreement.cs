using System.Buffers;
using System.Text;
using System.Xml;

namespace E3.Relay.Rules.Xml;

/// <summary>
/// Reads a document with the platform's reader, which decides what is well-formed, and holds every token of ours against what it reads: kinds, names, namespaces and depth
/// of all, and values after normalization of those that matter to an editor. What the two see differently could hide a value, so it is refused.
/// </summary>
internal sealed class XmlAgreement : IDisposable
{
    private const int TextBytesMax = 2048;

    // Most names are so short that a loop has compared them before a vector is set up.
    private const int ShortBytesMax = 12;

    // Nothing bounds the document here: its bytes were counted before, and without a document type there is no entity that could make more of them.
    private static readonly XmlReaderSettings Settings = new()
    {
        ConformanceLevel = ConformanceLevel.Document,
        CheckCharacters = true,
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        // Zero would mean that there is no limit.
        MaxCharactersFromEntities = 1,
    };

    private readonly XmlReader _reader;
    private char[] _characters = [];
    private byte[] _bytes = [];

    internal XmlAgreement(ReadOnlyMemory<byte> xml) => _reader = XmlReader.Create(Readable(xml), Settings);

    /// <summary>The local name of what was compared last: the same instance for the same name in all of the document.</summary>
    internal string LocalName => _reader.LocalName;

    /// <summary>Whether the reader reads the same as the token next. Values are compared by <see cref="AgreesOnContent"/> and <see cref="AgreesOnAttributes"/>.</summary>
    /// <param name="token">The token.</param>
    /// <exception cref="XmlException">The document is not well-formed.</exception>
    internal bool Agrees(in XmlTokenizer token)
    {
        if (!_reader.Read())
            return false;
        XmlNodeType type = _reader.NodeType;
        return token.Kind switch
        {
            XmlTokenKind.StartElement => type == XmlNodeType.Element && AgreesOnElement(token),
            // Both have seen the same start tags, and each holds an end tag against its own.
            XmlTokenKind.EndElement => type == XmlNodeType.EndElement,
            XmlTokenKind.Text => type is XmlNodeType.Text or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace,
            XmlTokenKind.CData => type == XmlNodeType.CDATA,
            XmlTokenKind.Comment => type == XmlNodeType.Comment,
            XmlTokenKind.ProcessingInstruction => type == XmlNodeType.ProcessingInstruction && IsSame(token.Name.Whole(token.Xml), _reader.Name),
            _ => type == XmlNodeType.XmlDeclaration,
        };
    }

    /// <summary>Whether the reader is at the end too.</summary>
    /// <exception cref="XmlException">The document is not well-formed.</exception>
    internal bool Ends() => !_reader.Read() && _reader.ReadState == ReadState.EndOfFile;

    private static MemoryStream Readable(ReadOnlyMemory<byte> xml) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(xml, out ArraySegment<byte> segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, false) : new MemoryStream(xml.ToArray(), false);

    private bool AgreesOnElement(in XmlTokenizer token) =>
        AgreesOnName(token, token.Name) && AgreesOnUri(token, token.Namespace) && _reader.IsEmptyElement == token.IsEmptyElement && token.Attributes.Length == _reader.AttributeCount;

    /// <summary>A name without a colon is a local name without a prefix.</summary>
    private bool AgreesOnName(in XmlTokenizer token, XmlName name) => name.PrefixLength == 0
        ? IsSame(name.Whole(token.Xml), _reader.Name)
        : IsSame(name.Local(token.Xml), _reader.LocalName) && IsSame(name.Prefix(token.Xml), _reader.Prefix);

    private bool AgreesOnUri(in XmlTokenizer token, int index)
    {
        if (index < 0)
            return false;
        string uri = _reader.NamespaceURI, ours = token.Namespaces.UriOf(index);
        if (ReferenceEquals(uri, ours))
            return true;
        if (uri != ours)
            return false;
        token.Namespaces.Share(index, uri);
        return true;
    }

    /// <summary>Whether the reader reads the same attributes, of the element or the declaration that it read last.</summary>
    internal bool AgreesOnAttributes(in XmlTokenizer token)
    {
        foreach (ref readonly XmlAttributeSite attribute in token.Attributes)
        {
            if (!AgreesOnNextAttribute(token, attribute) || !AgreesOnValue(token, attribute))
                return false;
        }

        return !_reader.MoveToNextAttribute();
    }

    /// <summary>Whether the reader's next attribute has the same name. That there are as many was compared with the element.</summary>
    internal bool AgreesOnNextAttribute(in XmlTokenizer token, in XmlAttributeSite attribute) =>
        _reader.MoveToNextAttribute() && AgreesOnName(token, attribute.Name) && (token.Kind != XmlTokenKind.StartElement || AgreesOnUri(token, attribute.Namespace));

    /// <summary>Whether the reader reads the same value of the attribute that was compared last.</summary>
    internal bool AgreesOnValue(in XmlTokenizer token, in XmlAttributeSite attribute)
    {
        ReadOnlySpan<byte> raw = token.Xml.Slice(attribute.ValueStart, attribute.ValueLength);
        string value = _reader.Value;
        return IsSame(raw, value) || IsSame(Decode(token.Kind, raw, true), value);
    }

    /// <summary>Whether the reader reads the same in the text, comment or instruction that it read last.</summary>
    internal bool AgreesOnContent(in XmlTokenizer token)
    {
        ReadOnlySpan<char> value = token.Content.Length > TextBytesMax && token.Kind is XmlTokenKind.Text or XmlTokenKind.CData ? ReadLongValue(token.Content.Length) : _reader.Value;
        return IsSame(token.Content, value) || IsSame(Decode(token.Kind, token.Content, false), value);
    }

    /// <summary>Piecewise, so that no long text becomes a string; for short ones that costs more than the rest of the reading.</summary>
    private ReadOnlySpan<char> ReadLongValue(int bytes)
    {
        // Text is never longer in UTF-16 units than in bytes; one more shows that the reader has more.
        Grow(ref _characters, bytes + 1);
        int length = 0, read;
        while (length < _characters.Length && (read = _reader.ReadValueChunk(_characters, length, _characters.Length - length)) > 0)
            length += read;
        return _characters.AsSpan(0, length);
    }

    private ReadOnlySpan<byte> Decode(XmlTokenKind kind, ReadOnlySpan<byte> raw, bool isAttribute)
    {
        Grow(ref _bytes, raw.Length);
        int written = 0;
        bool decoded = true;
        if (isAttribute)
            decoded = XmlText.TryDecodeAttribute(raw, _bytes, ref written);
        else if (kind == XmlTokenKind.Text)
            decoded = XmlText.TryDecodeText(raw, _bytes, ref written);
        else
            XmlText.DecodeLines(raw, _bytes, ref written);
        // No document holds U+FFFE, so what could not be decoded is never the same.
        return decoded ? _bytes.AsSpan(0, written) : "\uFFFE"u8;
    }

    private static bool IsSame(ReadOnlySpan<byte> utf8, ReadOnlySpan<char> text)
    {
        if (utf8.Length <= ShortBytesMax ? IsSameAscii(utf8, text) : Ascii.Equals(utf8, text))
            return true;
        while (Rune.DecodeFromUtf8(utf8, out Rune ours, out int bytes) == OperationStatus.Done
            && Rune.DecodeFromUtf16(text, out Rune theirs, out int units) == OperationStatus.Done && ours == theirs)
        {
            utf8 = utf8[bytes..];
            text = text[units..];
        }

        return utf8.IsEmpty && text.IsEmpty;
    }

    private static bool IsSameAscii(ReadOnlySpan<byte> ascii, ReadOnlySpan<char> text)
    {
        if (ascii.Length != text.Length)
            return false;
        int different = 0;
        for (int i = 0; i < ascii.Length; i++)
            different |= (ascii[i] ^ text[i]) | (ascii[i] & 0x80);
        return different == 0;
    }

    private static void Grow<T>(ref T[] buffer, int length)
    {
        if (buffer.Length >= length)
            return;
        if (buffer.Length > 0)
            ArrayPool<T>.Shared.Return(buffer, clearArray: true);
        buffer = [];
        buffer = ArrayPool<T>.Shared.Rent(Math.Max(length, 512));
    }

    public void Dispose()
    {
        _reader.Dispose();
        if (_characters.Length > 0)
            ArrayPool<char>.Shared.Return(_characters, clearArray: true);
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);
        (_characters, _bytes) = ([], []);
    }
}
