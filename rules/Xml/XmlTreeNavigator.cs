using System.Xml;
using System.Xml.XPath;

namespace E3.Relay.Rules.Xml;

/// <summary>
/// Lets the platform evaluate XPath over an <see cref="XmlTree"/>, and counts what it costs: the expression is the rule's author's, the document anybody's,
/// and an expression can take the square of the document's size.
/// </summary>
internal sealed class XmlTreeNavigator(XmlTree tree, XmlEvaluationBudget budget) : XPathNavigator
{
    private int _index;

    /// <summary>The first byte of the node at which it stands; -1 for the root.</summary>
    internal int Start => tree[_index].Start;

    internal XPathNodeType Type => tree[_index].Type;

    public override XmlNameTable NameTable => tree.Names.Strings;

    public override XPathNodeType NodeType => Type;

    public override string LocalName => tree.Names.Local(tree[_index].Name);

    public override string Name => Prefix.Length == 0 ? LocalName : $"{Prefix}:{LocalName}";

    public override string NamespaceURI => tree.Names.Uri(tree[_index].Name);

    public override string Prefix => tree.Names.Prefix(tree[_index].Name);

    public override string BaseURI => "";

    public override bool IsEmptyElement => tree[_index].IsEmptyElement;

    public override string Value
    {
        get
        {
            string value = tree.ValueOf(_index);
            budget.Spend(1 + (tree[_index].End - _index) + (value.Length / 16));
            return value;
        }
    }

    public override XPathNavigator Clone()
    {
        budget.Spend(1);
        return new XmlTreeNavigator(tree, budget) { _index = _index };
    }

    public override bool IsSamePosition(XPathNavigator other) => other is XmlTreeNavigator navigator && navigator._index == _index;

    public override XmlNodeOrder ComparePosition(XPathNavigator? nav)
    {
        budget.Spend(1);
        if (nav is not XmlTreeNavigator other)
            return XmlNodeOrder.Unknown;
        return _index == other._index ? XmlNodeOrder.Same : _index < other._index ? XmlNodeOrder.Before : XmlNodeOrder.After;
    }

    public override bool IsDescendant(XPathNavigator? nav) => nav is XmlTreeNavigator other && other._index > _index && other._index < tree[_index].End;

    public override bool MoveTo(XPathNavigator other)
    {
        budget.Spend(1);
        if (other is not XmlTreeNavigator navigator)
            return false;
        _index = navigator._index;
        return true;
    }

    public override void MoveToRoot() => _index = 0;

    public override bool MoveToFirstAttribute() => Move(tree[_index].Attributes > 0 ? _index + 1 : 0);

    public override bool MoveToNextAttribute() => Type == XPathNodeType.Attribute && Move(tree.Next(_index));

    public override bool MoveToFirstNamespace(XPathNamespaceScope namespaceScope) => false;

    public override bool MoveToNextNamespace(XPathNamespaceScope namespaceScope) => false;

    public override bool MoveToFirstChild() => Move(tree.FirstChild(_index));

    public override bool MoveToNext() => Type != XPathNodeType.Attribute && Move(tree.Next(_index));

    public override bool MoveToPrevious() => Type != XPathNodeType.Attribute && Move(tree[_index].Previous);

    public override bool MoveToId(string id) => false;

    public override bool MoveToParent()
    {
        budget.Spend(1);
        if (_index == 0)
            return false;
        _index = tree[_index].Parent;
        return true;
    }

    private bool Move(int to)
    {
        budget.Spend(1);
        if (to == 0)
            return false;
        _index = to;
        return true;
    }
}
