using System.Xml.XPath;

namespace E3.Relay.Rules.Xml;

/// <summary>All XPath selectors of a plan: those that one pass decides, and those that want the whole document. Immutable and shared.</summary>
internal sealed class XmlMatcher
{
    internal XmlMatcher(IReadOnlyList<XmlSelector> selectors)
    {
        Automaton = new XmlAutomaton(selectors);
        List<(int, XPathExpression)> expressions = [];
        for (int i = 0; i < selectors.Count; i++)
        {
            if (selectors[i].Path.Expression is { } expression)
                expressions.Add((i, expression));
        }

        Expressions = expressions;
    }

    internal XmlAutomaton Automaton { get; }

    /// <summary>With the number of the selector.</summary>
    internal IReadOnlyList<(int Selector, XPathExpression Expression)> Expressions { get; }
}
