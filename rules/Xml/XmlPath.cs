using System.Xml.XPath;

namespace E3.Relay.Rules.Xml;

/// <summary>A parsed XPath 1.0 expression that selects nodes.</summary>
/// <param name="Text">The expression as it was written.</param>
/// <param name="Alternatives">The paths whose union it is, when one pass over the document can decide all of them; otherwise none.</param>
/// <param name="Expression">The whole expression, when it needs the whole document.</param>
/// <param name="Declared">The namespaces that the rule declares: what is in one of them is told apart from what is in another.</param>
internal sealed record XmlPath(string Text, IReadOnlyList<IReadOnlyList<XmlPathStep>> Alternatives, XPathExpression? Expression, IReadOnlyList<string> Declared)
{
    /// <summary>Whether it is made of names alone. In a document it can select several nodes all the same.</summary>
    internal bool IsSingular { get; } = Alternatives is [var steps] && steps.All(step => step is { Descends: false, Name: not null });

    /// <summary>Whether the rule tells what is in this namespace apart from what is in others.</summary>
    internal bool IsDeclared(string uri) => Declared.Contains(uri) || XmlNamespaces.Reserved.Contains(uri);
}
