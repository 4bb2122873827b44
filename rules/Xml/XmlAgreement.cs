using System.Buffers;
using System.Text;
using System.Xml;

namespace E3.Relay.Rules.Xml;

/// <summary>
/// Reads a document with the platform's reader, which decides what is well-formed, and holds every token of ours against what it reads:
/// names, namespaces, depth, and values after normalization. What the two see differently could hide a value, so it is refused.
/// </summary>
internal sealed class XmlAgreement : IDisposable
{
    private readonly XmlReader _reader;
    private char[] _characters = [];
    private byte[] _bytes = [];

    internal XmlAgreement(ReadOnlyMemory<byte> xml) => _reader = XmlReader.Create(Readable(xml), new XmlReaderSettings
    {
        ConformanceLevel = ConformanceLevel.Document,
        CheckCharacters = true,
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        // Without a document type there is no entity whose characters could count; zero would mean that there is no limit.
        MaxCharactersFromEntities = 1,
        MaxCharactersInDocument = xml.Length + 1L,
    });

    /// <summary>Whether the reader reads the same as the token next.</summary>
    /// <exception cref="XmlException">The document is not well-formed.</exception>
    internal bool Agrees(in XmlTokenizer token)
    {
        if (!_reader.Read() || !IsKind(token.Kind, _reader.NodeType))
            return false;
        if (token.Kind != XmlTokenKind.Declaration && _reader.Depth != token.Depth)
            return false;
        return token.Kind switch
        {
            XmlTokenKind.StartElement => AgreesOnName(token) && AgreesOnUri(token, token.Namespace)
                && _reader.IsEmptyElement == token.IsEmptyElement && AgreesOnAttributes(token),
            XmlTokenKind.EndElement => AgreesOnName(token),
            XmlTokenKind.Declaration => AgreesOnAttributes(token),
            XmlTokenKind.ProcessingInstruction => IsSame(token.Name.Whole(token.Xml), _reader.Name) && AgreesOnContent(token),
            _ => AgreesOnContent(token),
        };
    }

    /// <summary>Whether the reader is at the end too.</summary>
    /// <exception cref="XmlException">The document is not well-formed.</exception>
    internal bool Ends() => !_reader.Read() && _reader.ReadState == ReadState.EndOfFile;

    private static MemoryStream Readable(ReadOnlyMemory<byte> xml) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(xml, out ArraySegment<byte> segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, false) : new MemoryStream(xml.ToArray(), false);

    private static bool IsKind(XmlTokenKind kind, XmlNodeType type) => type switch
    {
        XmlNodeType.Element => kind == XmlTokenKind.StartElement,
        XmlNodeType.EndElement => kind == XmlTokenKind.EndElement,
        XmlNodeType.Text or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace => kind == XmlTokenKind.Text,
        XmlNodeType.CDATA => kind == XmlTokenKind.CData,
        XmlNodeType.Comment => kind == XmlTokenKind.Comment,
        XmlNodeType.ProcessingInstruction => kind == XmlTokenKind.ProcessingInstruction,
        XmlNodeType.XmlDeclaration => kind == XmlTokenKind.Declaration,
        _ => false,
    };

    private bool AgreesOnName(in XmlTokenizer token) =>
        IsSame(token.Name.Local(token.Xml), _reader.LocalName) && IsSame(token.Name.Prefix(token.Xml), _reader.Prefix);

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

    private bool AgreesOnAttributes(in XmlTokenizer token)
    {
        foreach (ref readonly XmlAttributeSite attribute in token.Attributes)
        {
            if (!_reader.MoveToNextAttribute() || !IsSame(attribute.Name.Local(token.Xml), _reader.LocalName) || !IsSame(attribute.Name.Prefix(token.Xml), _reader.Prefix))
                return false;
            if (token.Kind == XmlTokenKind.StartElement && !AgreesOnUri(token, attribute.Namespace))
                return false;
            ReadOnlySpan<byte> raw = token.Xml.Slice(attribute.ValueStart, attribute.ValueLength);
            string value = _reader.Value;
            if (!(attribute.IsPlain && Ascii.Equals(raw, value)) && !IsSame(Decode(token.Kind, raw, true), value))
                return false;
        }

        return !_reader.MoveToNextAttribute();
    }

    private bool AgreesOnContent(in XmlTokenizer token)
    {
        // Text is never longer in UTF-16 units than in bytes; one more shows that the reader has more.
        Grow(ref _characters, token.Content.Length + 1);
        int length = 0;
        if (token.Kind is XmlTokenKind.Text or XmlTokenKind.CData)
            length = ReadValue();
        else
            length = CopyValue();
        ReadOnlySpan<char> value = _characters.AsSpan(0, length);
        return (token.IsPlain && Ascii.Equals(token.Content, value)) || IsSame(token.IsPlain ? token.Content : Decode(token.Kind, token.Content, false), value);
    }

    /// <summary>Piecewise, so that no text of the document becomes a string.</summary>
    private int ReadValue()
    {
        int length = 0, read;
        while (length < _characters.Length && (read = _reader.ReadValueChunk(_characters, length, _characters.Length - length)) > 0)
            length += read;
        return length;
    }

    private int CopyValue()
    {
        string value = _reader.Value;
        Grow(ref _characters, value.Length);
        value.CopyTo(_characters);
        return value.Length;
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
        if (Ascii.Equals(utf8, text))
            return true;
        while (Rune.DecodeFromUtf8(utf8, out Rune ours, out int bytes) == OperationStatus.Done
            && Rune.DecodeFromUtf16(text, out Rune theirs, out int units) == OperationStatus.Done && ours == theirs)
        {
            utf8 = utf8[bytes..];
            text = text[units..];
        }

        return utf8.IsEmpty && text.IsEmpty;
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
