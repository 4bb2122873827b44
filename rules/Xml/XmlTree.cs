using System.Runtime.InteropServices;
using System.Text;
using System.Xml;
using System.Xml.XPath;

namespace E3.Relay.Rules.Xml;

/// <summary>
/// A whole document for expressions that one pass cannot decide, in document order, made of the same tokens that the scan sees.
/// The platform's evaluation of XPath works on strings, so values are strings here, for as long as the evaluation takes.
/// </summary>
internal sealed class XmlTree
{
    private readonly List<XmlTreeNode> _nodes = [Unqualified(XPathNodeType.Root, -1, "", "")];
    private readonly StringBuilder _text = new();
    private int _current;
    private int _textStart = -1;

    internal XmlTree() => Names.Add("");

    internal NameTable Names { get; } = new();

    internal int Count => _nodes.Count;

    internal ref readonly XmlTreeNode this[int index] => ref CollectionsMarshal.AsSpan(_nodes)[index];

    /// <summary>Builds the tree. What is not well-formed is refused by the scan that follows.</summary>
    /// <returns>Why the document is refused; null when it is not.</returns>
    internal RefusalCode? Build(ReadOnlySpan<byte> xml, int depthMax)
    {
        XmlTokenizer tokens = new(xml, new XmlNamespaces(new Names.NameTable.Builder(true).Build()), depthMax);
        while (tokens.Read())
        {
            if (tokens.Kind is XmlTokenKind.Text or XmlTokenKind.CData)
            {
                if (!TryAppendText(tokens))
                    return RefusalCode.MalformedBody;
                continue;
            }

            EndText();
            if (!TryAdd(tokens))
                return RefusalCode.MalformedBody;
        }

        At(0).End = _nodes.Count;
        return tokens.Error;
    }

    /// <summary>The string-value of a node.</summary>
    internal string ValueOf(int index)
    {
        ref readonly XmlTreeNode node = ref this[index];
        if (node.Type is not (XPathNodeType.Element or XPathNodeType.Root))
            return node.Value;
        StringBuilder value = new();
        for (int i = index + 1; i < node.End; i++)
        {
            if (this[i].Type == XPathNodeType.Text)
                value.Append(this[i].Value);
        }

        return value.ToString();
    }

    private ref XmlTreeNode At(int index) => ref CollectionsMarshal.AsSpan(_nodes)[index];

    private bool TryAdd(in XmlTokenizer tokens)
    {
        switch (tokens.Kind)
        {
            case XmlTokenKind.StartElement:
                return TryAddElement(tokens);
            case XmlTokenKind.EndElement:
                At(_current).End = _nodes.Count;
                _current = At(_current).Parent;
                return true;
            case XmlTokenKind.Comment:
                AddChild(Unqualified(XPathNodeType.Comment, tokens.Start, "", Lines(tokens.Content)));
                return true;
            case XmlTokenKind.ProcessingInstruction:
                AddChild(Unqualified(XPathNodeType.ProcessingInstruction, tokens.Start, Name(tokens.Name.Whole(tokens.Xml)), Lines(tokens.Content)));
                return true;
            default:
                return true;
        }
    }

    private bool TryAddElement(in XmlTokenizer tokens)
    {
        if (tokens.Namespace < 0)
            return false;
        int index = AddChild(Named(tokens, XPathNodeType.Element, tokens.Name, tokens.Namespace, tokens.Start));
        At(index).IsEmptyElement = tokens.IsEmptyElement;
        int last = 0;
        foreach (ref readonly XmlAttributeSite attribute in tokens.Attributes)
        {
            if (attribute.IsDeclaration)
                continue;
            if (attribute.Namespace < 0 || !TryDecode(tokens.Xml.Slice(attribute.ValueStart, attribute.ValueLength), out string value))
                return false;
            XmlTreeNode node = Named(tokens, XPathNodeType.Attribute, attribute.Name, attribute.Namespace, attribute.Name.Start);
            (node.Value, node.Parent, node.End) = (value, index, _nodes.Count + 1);
            if (last == 0)
                At(index).FirstAttribute = _nodes.Count;
            else
                At(last).Next = _nodes.Count;
            last = _nodes.Count;
            _nodes.Add(node);
        }

        At(index).End = _nodes.Count;
        if (!tokens.IsEmptyElement)
            _current = index;
        return true;
    }

    private XmlTreeNode Named(in XmlTokenizer tokens, XPathNodeType type, XmlName name, int uri, int start) => new()
    {
        Type = type,
        Start = start,
        Prefix = Name(name.Prefix(tokens.Xml)),
        Name = Name(name.Local(tokens.Xml)),
        Uri = Names.Add(tokens.Namespaces.UriOf(uri)),
        Value = "",
    };

    private static XmlTreeNode Unqualified(XPathNodeType type, int start, string name, string value) =>
        new() { Type = type, Start = start, Prefix = "", Name = name, Uri = "", Value = value };

    private string Name(ReadOnlySpan<byte> utf8) => Names.Add(Encoding.UTF8.GetString(utf8));

    private int AddChild(XmlTreeNode node)
    {
        int index = _nodes.Count;
        ref XmlTreeNode parent = ref At(_current);
        (node.Parent, node.Previous, node.End) = (_current, parent.LastChild, index + 1);
        if (parent.LastChild == 0)
            parent.FirstChild = index;
        else
            At(parent.LastChild).Next = index;
        parent.LastChild = index;
        _nodes.Add(node);
        return index;
    }

    private bool TryAppendText(in XmlTokenizer tokens)
    {
        if (_current == 0)
            return true;
        if (_textStart < 0)
            _textStart = tokens.Start;
        if (tokens.Kind == XmlTokenKind.CData)
        {
            _text.Append(Lines(tokens.Content));
            return true;
        }

        byte[] decoded = new byte[tokens.Content.Length];
        int written = 0;
        if (!XmlText.TryDecodeText(tokens.Content, decoded, ref written))
            return false;
        _text.Append(Encoding.UTF8.GetString(decoded, 0, written));
        return true;
    }

    private void EndText()
    {
        if (_text.Length > 0)
            AddChild(Unqualified(XPathNodeType.Text, _textStart, "", _text.ToString()));
        _text.Clear();
        _textStart = -1;
    }

    private static bool TryDecode(ReadOnlySpan<byte> raw, out string value)
    {
        byte[] decoded = new byte[raw.Length];
        int written = 0;
        bool isDecoded = XmlText.TryDecodeAttribute(raw, decoded, ref written);
        value = Encoding.UTF8.GetString(decoded, 0, written);
        return isDecoded;
    }

    private static string Lines(ReadOnlySpan<byte> raw)
    {
        byte[] decoded = new byte[raw.Length];
        int written = 0;
        XmlText.DecodeLines(raw, decoded, ref written);
        return Encoding.UTF8.GetString(decoded, 0, written);
    }
}
