using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace E3.Relay.Rules.Xml;

/// <summary>
/// Finds where the parts of an XML 1.0 document stand (Fifth Edition, with Namespaces in XML), over UTF-8. It knows only as much of the grammar as it needs for that:
/// <see cref="XmlAgreement"/> holds every token against a complete reader, which has the last word on what is well-formed. A document type declaration is never read.
/// </summary>
internal ref struct XmlTokenizer
{
    /// <summary>Most attributes of one element, declarations of namespaces among them.</summary>
    internal const int AttributesMax = 256;

    private static readonly SearchValues<byte> TextStops = SearchValues.Create("<&\r"u8);
    private static readonly SearchValues<byte> NameEnds = SearchValues.Create(": \t\r\n/>=<?!&\"'"u8);
    private static readonly SearchValues<byte> NameEndsAfterColon = SearchValues.Create(" \t\r\n/>=<?!&\"'"u8);
    private static readonly SearchValues<byte> QuotedStops = SearchValues.Create("\"&\r\n\t"u8);
    private static readonly SearchValues<byte> ApostrophizedStops = SearchValues.Create("'&\r\n\t"u8);

    private readonly ReadOnlySpan<byte> _xml;
    private readonly XmlNamespaces _namespaces;
    private readonly XmlName[] _open;
    private XmlAttributeSite[] _attributes;
    private int _attributeCount;
    private int _count;
    private int _at;
    private bool _leaves;
    private bool _hasPrefixes;

    internal XmlTokenizer(ReadOnlySpan<byte> xml, XmlNamespaces namespaces, int depthMax)
    {
        _xml = xml;
        _namespaces = namespaces;
        _open = new XmlName[depthMax];
        _attributes = new XmlAttributeSite[8];
        _at = xml.StartsWith("\uFEFF"u8) ? 3 : 0;
    }

    internal readonly ReadOnlySpan<byte> Xml => _xml;

    internal readonly XmlNamespaces Namespaces => _namespaces;

    internal XmlTokenKind Kind { get; private set; }

    /// <summary>Why the document is refused, once <see cref="Read"/> has said that there is no more.</summary>
    internal RefusalCode? Error { get; private set; }

    /// <summary>The token's first byte.</summary>
    internal int Start { get; private set; }

    /// <summary>The byte after the token.</summary>
    internal readonly int End => _at;

    /// <summary>How many elements are open around the token; for an end tag, around its element.</summary>
    internal int Depth { get; private set; }

    /// <summary>Of an element, or the target of a processing instruction.</summary>
    internal XmlName Name { get; private set; }

    /// <summary>The namespace of an element; an index into <see cref="Namespaces"/>.</summary>
    internal int Namespace { get; private set; }

    /// <summary>An empty-element tag, after which no end tag comes.</summary>
    internal bool IsEmptyElement { get; private set; }

    /// <summary>What is between the delimiters, for text the whole.</summary>
    internal ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>The content is spelled as it is read.</summary>
    internal bool IsPlain { get; private set; }

    /// <summary>Whether an element declares namespaces.</summary>
    internal bool HasDeclarations { get; private set; }

    /// <summary>Of an element or the declaration.</summary>
    internal readonly ReadOnlySpan<XmlAttributeSite> Attributes => _attributes.AsSpan(0, _attributeCount);

    /// <summary>Reads the next token.</summary>
    /// <returns>False at the end, and when the document is refused.</returns>
    internal bool Read()
    {
        if (_leaves)
        {
            _namespaces.Leave(Depth);
            _leaves = false;
        }

        (Start, Depth) = (_at, _count);
        if (_at >= _xml.Length)
            return _count == 0 ? Stop(null) : Stop(RefusalCode.MalformedBody);
        if (_xml[_at] != '<')
            return ReadText();
        return (_at + 1 < _xml.Length ? _xml[_at + 1] : 0) switch
        {
            (byte)'/' => ReadEndTag(),
            (byte)'?' => ReadInstruction(),
            (byte)'!' => ReadDeclared(),
            _ => ReadStartTag(),
        };
    }

    private bool Stop(RefusalCode? error)
    {
        (Kind, Error) = (XmlTokenKind.None, error);
        return false;
    }

    private bool ReadText()
    {
        ReadOnlySpan<byte> rest = _xml[_at..];
        int length = rest.IndexOfAny(TextStops);
        IsPlain = length < 0 || rest[length] == '<';
        if (!IsPlain)
            length = rest.IndexOf((byte)'<');
        return Accept(XmlTokenKind.Text, _at, length < 0 ? rest.Length : length, 0);
    }

    /// <summary>Takes over a token of this content and of this many bytes after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Accept(XmlTokenKind kind, int start, int length, int after)
    {
        Kind = kind;
        Content = _xml.Slice(start, length);
        _at = start + length + after;
        return true;
    }

    /// <summary>A comment or a CDATA section: whatever else begins so declares a document type.</summary>
    private bool ReadDeclared()
    {
        ReadOnlySpan<byte> rest = _xml[_at..];
        if (rest.StartsWith("<!--"u8))
            return ReadUntil("-->"u8, XmlTokenKind.Comment, _at + 4);
        if (rest.StartsWith("<![CDATA["u8))
            return ReadUntil("]]>"u8, XmlTokenKind.CData, _at + 9);
        return Stop(rest.StartsWith("<!DOCTYPE"u8) ? RefusalCode.DocumentType : RefusalCode.MalformedBody);
    }

    private bool ReadUntil(ReadOnlySpan<byte> delimiter, XmlTokenKind kind, int start)
    {
        int length = _xml[start..].IndexOf(delimiter);
        if (length < 0)
            return Stop(RefusalCode.MalformedBody);
        IsPlain = !_xml.Slice(start, length).Contains((byte)'\r');
        return Accept(kind, start, length, delimiter.Length);
    }

    private bool ReadInstruction()
    {
        int at = _at + 2;
        if (!TryReadName(ref at, out XmlName name))
            return Stop(RefusalCode.MalformedBody);
        Name = name;
        if (name.Whole(_xml).SequenceEqual("xml"u8))
            return ReadDeclaration(at);
        SkipSpace(ref at);
        return ReadUntil("?>"u8, XmlTokenKind.ProcessingInstruction, at);
    }

    private bool ReadDeclaration(int at)
    {
        _attributeCount = 0;
        while (true)
        {
            bool isSpaced = SkipSpace(ref at);
            if (_xml[at..].StartsWith("?>"u8))
                return Accept(XmlTokenKind.Declaration, at, 0, 2);
            if (!isSpaced || !TryReadAttribute(ref at))
                return Stop(RefusalCode.MalformedBody);
        }
    }

    private bool ReadEndTag()
    {
        int at = _at + 2;
        if (_count == 0)
            return Stop(RefusalCode.MalformedBody);
        XmlName opened = _open[--_count];
        Depth = _count;
        _leaves = true;
        ReadOnlySpan<byte> name = opened.Whole(_xml);
        if (!_xml[at..].StartsWith(name))
            return Stop(RefusalCode.MalformedBody);
        at += name.Length;
        SkipSpace(ref at);
        if (at >= _xml.Length || _xml[at] != '>')
            return Stop(RefusalCode.MalformedBody);
        Name = opened;
        return Accept(XmlTokenKind.EndElement, at, 0, 1);
    }

    private bool ReadStartTag()
    {
        int at = _at + 1;
        if (_count == _open.Length)
            return Stop(RefusalCode.TooDeep);
        if (!TryReadName(ref at, out XmlName name))
            return Stop(RefusalCode.MalformedBody);
        (Name, _attributeCount) = (name, 0);
        HasDeclarations = _hasPrefixes = false;
        while (true)
        {
            bool isSpaced = SkipSpace(ref at);
            ReadOnlySpan<byte> rest = _xml[at..];
            if (rest is [(byte)'>', ..])
                return EndStartTag(at, false);
            if (rest is [(byte)'/', (byte)'>', ..])
                return EndStartTag(at, true);
            if (!isSpaced || !TryReadAttribute(ref at))
                return Stop(RefusalCode.MalformedBody);
            if (_attributeCount > AttributesMax)
                return Stop(RefusalCode.TooManyAttributes);
        }
    }

    private bool EndStartTag(int at, bool isEmpty)
    {
        IsEmptyElement = isEmpty;
        if (HasDeclarations && !TryDeclare())
            return false;
        Namespace = _namespaces.Resolve(Name.Prefix(_xml));
        if (_hasPrefixes)
            ResolveAttributes();
        if (isEmpty)
            _leaves = true;
        else
            _open[_count++] = Name;
        return Accept(XmlTokenKind.StartElement, at, 0, isEmpty ? 2 : 1);
    }

    private bool TryDeclare()
    {
        for (int i = 0; i < _attributeCount; i++)
        {
            if (_attributes[i].IsDeclaration && !TryDeclare(_attributes[i]))
                return false;
        }

        return true;
    }

    /// <summary>Only now: a declaration may stand after what it is for.</summary>
    private readonly void ResolveAttributes()
    {
        foreach (ref XmlAttributeSite attribute in _attributes.AsSpan(0, _attributeCount))
        {
            if (attribute.IsDeclaration)
                attribute.Namespace = XmlNamespaces.OfDeclarations;
            else if (attribute.Name.PrefixLength > 0)
                attribute.Namespace = _namespaces.Resolve(attribute.Name.Prefix(_xml));
        }
    }

    private bool TryDeclare(in XmlAttributeSite attribute)
    {
        ReadOnlySpan<byte> raw = _xml.Slice(attribute.ValueStart, attribute.ValueLength);
        byte[] decoded = new byte[raw.Length];
        int written = 0;
        if (!XmlText.TryDecodeAttribute(raw, decoded, ref written))
            return Stop(RefusalCode.MalformedBody);
        ReadOnlySpan<byte> prefix = attribute.Name.PrefixLength == 0 ? [] : attribute.Name.Local(_xml);
        return _namespaces.TryDeclare(prefix, Encoding.UTF8.GetString(decoded, 0, written), Depth) || Stop(RefusalCode.TooManyAttributes);
    }

    private bool TryReadAttribute(ref int at)
    {
        if (!TryReadName(ref at, out XmlName name))
            return false;
        SkipSpace(ref at);
        if (at >= _xml.Length || _xml[at++] != '=')
            return false;
        SkipSpace(ref at);
        if (at >= _xml.Length || _xml[at] is not ((byte)'"' or (byte)'\''))
            return false;
        byte quote = _xml[at++];
        ReadOnlySpan<byte> rest = _xml[at..];
        int length = rest.IndexOfAny(quote == '"' ? QuotedStops : ApostrophizedStops);
        bool isPlain = length >= 0 && rest[length] == quote;
        if (!isPlain)
            length = rest.IndexOf(quote);
        if (length < 0)
            return false;
        if (_attributeCount == _attributes.Length)
            Array.Resize(ref _attributes, _attributes.Length * 2);
        bool isDeclaration = IsDeclaration(name);
        _hasPrefixes |= isDeclaration || name.PrefixLength > 0;
        HasDeclarations |= isDeclaration;
        _attributes[_attributeCount++] = new XmlAttributeSite
        {
            Name = name,
            ValueStart = at,
            ValueLength = length,
            IsPlain = isPlain,
            IsDeclaration = isDeclaration,
            Namespace = XmlNamespaces.None,
        };
        at += length + 1;
        return true;
    }

    private readonly bool IsDeclaration(XmlName name) =>
        name.PrefixLength == 5 ? name.Prefix(_xml).SequenceEqual("xmlns"u8)
        : name is { PrefixLength: 0, Length: 5 } && name.Whole(_xml).SequenceEqual("xmlns"u8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool SkipSpace(ref int at)
    {
        int before = at;
        while (at < _xml.Length && XmlText.IsSpace(_xml[at]))
            at++;
        return at > before;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool TryReadName(ref int at, out XmlName name)
    {
        ReadOnlySpan<byte> rest = _xml[at..];
        int length = rest.IndexOfAny(NameEnds), colon = 0;
        if (length > 0 && rest[length] == ':')
        {
            colon = length;
            length = rest.IndexOfAny(NameEndsAfterColon);
        }

        name = new XmlName(at, length, colon);
        at += length;
        return length > 0;
    }
}
