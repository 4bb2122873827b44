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

    private readonly ReadOnlySpan<byte> _xml;
    private readonly XmlNamespaces _namespaces;
    private readonly XmlName[] _open;
    private XmlCursor _cursor;
    private XmlAttributeSite[] _attributes;
    private int _attributeCount;
    private int _count;
    private int _at;
    private int _contentStart, _contentLength;
    private bool _leaves;
    private bool _hasPrefixes;

    internal XmlTokenizer(ReadOnlySpan<byte> xml, XmlNamespaces namespaces, int depthMax)
    {
        _xml = xml;
        _namespaces = namespaces;
        _open = new XmlName[depthMax];
        _cursor = new XmlCursor(xml);
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
    internal readonly ReadOnlySpan<byte> Content => _xml.Slice(_contentStart, _contentLength);

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

    private bool ReadText() => Accept(XmlTokenKind.Text, _at, _cursor.NextTag(_at) - _at, 0);

    /// <summary>Takes over a token of this content and of this many bytes after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Accept(XmlTokenKind kind, int start, int length, int after)
    {
        Kind = kind;
        (_contentStart, _contentLength) = (start, length);
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
        ref readonly XmlName opened = ref _open[--_count];
        (Depth, Name) = (_count, opened);
        _leaves = _namespaces.DeclaresAt(_count);
        if (!_xml[at..].StartsWith(opened.Whole(_xml)))
            return Stop(RefusalCode.MalformedBody);
        at += opened.Length;
        SkipSpace(ref at);
        if (at >= _xml.Length || _xml[at] != '>')
            return Stop(RefusalCode.MalformedBody);
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
            byte next = at < _xml.Length ? _xml[at] : (byte)0;
            if (next == '>')
                return EndStartTag(at, false);
            if (next == '/')
                return _xml[at..].StartsWith("/>"u8) ? EndStartTag(at, true) : Stop(RefusalCode.MalformedBody);
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
        Namespace = Name.PrefixLength == 0 ? _namespaces.Default : _namespaces.Resolve(Name.Prefix(_xml));
        if (_hasPrefixes)
            ResolveAttributes();
        if (isEmpty)
            _leaves = HasDeclarations;
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadAttribute(ref int at)
    {
        if (!TryReadName(ref at, out XmlName name))
            return false;
        SkipSpace(ref at);
        if (at >= _xml.Length || _xml[at++] != '=')
            return false;
        SkipSpace(ref at);
        if (at >= _xml.Length)
            return false;
        byte quote = _xml[at++];
        int end = quote == '"' ? _cursor.NextQuote(at) : quote == '\'' ? NextApostrophe(at) : _xml.Length;
        if (end == _xml.Length)
            return false;
        if (_attributeCount == _attributes.Length)
            Array.Resize(ref _attributes, _attributes.Length * 2);
        bool isDeclaration = IsDeclaration(name);
        _hasPrefixes |= isDeclaration || name.PrefixLength > 0;
        HasDeclarations |= isDeclaration;
        ref XmlAttributeSite attribute = ref _attributes[_attributeCount++];
        (attribute.Name, attribute.ValueStart, attribute.ValueLength) = (name, at, end - at);
        (attribute.IsDeclaration, attribute.Namespace) = (isDeclaration, XmlNamespaces.None);
        at = end + 1;
        return true;
    }

    private readonly int NextApostrophe(int at)
    {
        int length = _xml[at..].IndexOf((byte)'\'');
        return length < 0 ? _xml.Length : at + length;
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
    private bool TryReadName(ref int at, out XmlName name)
    {
        int end = _cursor.NextNameEnd(at), prefix = 0;
        if (end > at && end < _xml.Length && _xml[end] == ':')
        {
            prefix = end - at;
            end = _cursor.NextNameEnd(end + 1);
        }

        name = new XmlName(at, end - at, prefix);
        at = end;
        return name.Length > 0;
    }
}
