using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Xml.XPath;

namespace E3.Relay.Rules.Xml;

/// <summary>
/// A whole document for expressions that one pass cannot decide, in document order, made of the same tokens that the scan sees. It knows where values stand;
/// those that an expression asks for become strings, as the platform's evaluation of XPath works on them.
/// </summary>
/// <param name="xml">The document.</param>
/// <param name="memory">Where the tree is counted.</param>
internal sealed class XmlTree(ReadOnlyMemory<byte> xml, IWorkingMemory? memory) : IDisposable
{
    /// <summary>Most nodes of a document: 10 MiB of them. The tree is gone before anything else is waited for, so there are never more than threads that run.</summary>
    internal const int NodesMax = 1 << 18;

    private const int NodesMin = 1 << 10;

    private XmlTreeNode[] _nodes = [];
    private int _current, _lastChild;
    private int _textStart = -1, _textEnd;

    internal XmlTreeNames Names { get; } = new(xml);

    internal int Count { get; private set; }

    internal ref readonly XmlTreeNode this[int index] => ref _nodes[index];

    /// <summary>Builds the tree. What is not well-formed is refused by the scan that follows.</summary>
    /// <returns>Why the document is refused; null when it is not.</returns>
    internal RefusalCode? Build(int depthMax)
    {
        XmlTokenizer tokens = new(xml.Span, new XmlNamespaces(new Names.NameTable.Builder(true).Build()), depthMax);
        Append(new XmlTreeNode { Type = XPathNodeType.Root, Start = -1 });
        while (Count <= NodesMax && tokens.Read())
        {
            if (tokens.Kind is XmlTokenKind.Text or XmlTokenKind.CData)
                TakeText(tokens);
            else if (!TryAdd(tokens))
                return RefusalCode.MalformedBody;
        }

        _nodes[0].End = Count;
        return Count > NodesMax ? RefusalCode.SelectorTooCostly : tokens.Error;
    }

    /// <summary>The first child of a node; 0 when there is none.</summary>
    internal int FirstChild(int index) => index + 1 + _nodes[index].Attributes is var child && child < _nodes[index].End ? child : 0;

    /// <summary>The next sibling of a node, of an attribute the next attribute; 0 when there is none.</summary>
    internal int Next(int index)
    {
        ref readonly XmlTreeNode node = ref _nodes[index], parent = ref _nodes[node.Parent];
        int end = node.Type == XPathNodeType.Attribute ? node.Parent + 1 + parent.Attributes : parent.End;
        return index > 0 && node.End < end ? node.End : 0;
    }

    /// <summary>The string-value of a node.</summary>
    internal string ValueOf(int index)
    {
        ref readonly XmlTreeNode node = ref _nodes[index];
        if (node.Type is not (XPathNodeType.Element or XPathNodeType.Root))
            return Decode(node);
        StringBuilder? several = null;
        string? one = null;
        for (int i = index + 1; i < node.End; i++)
        {
            if (_nodes[i].Type != XPathNodeType.Text)
                continue;
            if (one is not null)
                several ??= new StringBuilder(one);
            one = Decode(_nodes[i]);
            several?.Append(one);
        }

        return several?.ToString() ?? one ?? "";
    }

    private bool TryAdd(in XmlTokenizer tokens)
    {
        EndText();
        switch (tokens.Kind)
        {
            case XmlTokenKind.StartElement:
                return TryAddElement(tokens);
            case XmlTokenKind.EndElement:
                _nodes[_current].End = Count;
                (_lastChild, _current) = (_current, _nodes[_current].Parent);
                return true;
            case XmlTokenKind.Comment:
                AddChild(XPathNodeType.Comment, XmlTreeNames.None, tokens.Start, Range(tokens.Content));
                return true;
            case XmlTokenKind.ProcessingInstruction:
                AddChild(XPathNodeType.ProcessingInstruction, Names.Add(tokens.Name, ""), tokens.Start, Range(tokens.Content));
                return true;
            default:
                return true;
        }

        (int, int) Range(ReadOnlySpan<byte> content) => (xml.Span.Overlaps(content, out int offset) ? offset : 0, content.Length);
    }

    private bool TryAddElement(in XmlTokenizer tokens)
    {
        if (tokens.Namespace < 0)
            return false;
        int index = AddChild(XPathNodeType.Element, Names.Add(tokens.Name, tokens.Namespaces.UriOf(tokens.Namespace)), tokens.Start, default);
        foreach (ref readonly XmlAttributeSite attribute in tokens.Attributes)
        {
            if (attribute.IsDeclaration)
                continue;
            if (attribute.Namespace < 0)
                return false;
            Append(new XmlTreeNode
            {
                Type = XPathNodeType.Attribute,
                Parent = index,
                Name = Names.Add(attribute.Name, tokens.Namespaces.UriOf(attribute.Namespace)),
                Start = attribute.Name.Start,
                ValueStart = attribute.ValueStart,
                ValueLength = attribute.ValueLength,
            });
            _nodes[index].Attributes++;
        }

        ref XmlTreeNode element = ref _nodes[index];
        (element.End, element.IsEmptyElement) = (Count, tokens.IsEmptyElement);
        if (!tokens.IsEmptyElement)
            (_current, _lastChild) = (index, 0);
        return true;
    }

    private int AddChild(XPathNodeType type, int name, int start, (int Start, int Length) value)
    {
        Append(new XmlTreeNode { Type = type, Parent = _current, Previous = _lastChild, Name = name, Start = start, ValueStart = value.Start, ValueLength = value.Length });
        return _lastChild = Count - 1;
    }

    private void Append(XmlTreeNode node)
    {
        if (Count == _nodes.Length)
        {
            XmlTreeNode[] larger = ArrayPool<XmlTreeNode>.Shared.Rent(Math.Max(NodesMin, Count * 2));
            _nodes.CopyTo(larger, 0);
            Dispose();
            _nodes = larger;
            memory?.Count(Bytes);
        }

        node.End = Count + 1;
        _nodes[Count++] = node;
    }

    /// <summary>Texts and CDATA sections side by side are one node, and there is none of nothing.</summary>
    private void TakeText(in XmlTokenizer tokens)
    {
        if (_current == 0)
            return;
        if (_textStart < 0)
            _textStart = tokens.Start;
        _textEnd = tokens.End;
    }

    private void EndText()
    {
        if (_textStart >= 0 && !IsNothing(xml.Span[_textStart.._textEnd]))
            AddChild(XPathNodeType.Text, XmlTreeNames.None, _textStart, (_textStart, _textEnd - _textStart));
        _textStart = -1;
    }

    private static bool IsNothing(ReadOnlySpan<byte> text)
    {
        while (text.StartsWith("<![CDATA[]]>"u8))
            text = text["<![CDATA[]]>".Length..];
        return text.IsEmpty;
    }

    private string Decode(in XmlTreeNode node)
    {
        ReadOnlySpan<byte> raw = xml.Span.Slice(node.ValueStart, node.ValueLength);
        byte[] decoded = ArrayPool<byte>.Shared.Rent(raw.Length);
        int written = 0;
        // What cannot be decoded is refused by the scan that follows.
        if (node.Type == XPathNodeType.Text)
            XmlText.TryDecodeContent(raw, decoded, out written);
        else if (node.Type == XPathNodeType.Attribute)
            XmlText.TryDecodeAttribute(raw, decoded, ref written);
        else
            XmlText.DecodeLines(raw, decoded, ref written);
        string value = Encoding.UTF8.GetString(decoded, 0, written);
        ArrayPool<byte>.Shared.Return(decoded, clearArray: true);
        return value;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        memory?.Count(-Bytes);
        if (_nodes.Length > 0)
            ArrayPool<XmlTreeNode>.Shared.Return(_nodes);
        _nodes = [];
    }

    private long Bytes => (long)_nodes.Length * Unsafe.SizeOf<XmlTreeNode>();
}
