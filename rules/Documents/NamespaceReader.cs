using System.Xml;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads the namespaces that XPath selectors name by a prefix.</summary>
internal static class NamespaceReader
{
    private const int NamespacesMax = 64;

    internal static IReadOnlyDictionary<string, string> None { get; } = new Dictionary<string, string>();

    /// <summary>Those around it and, if there is a mapping, its own; of one prefix, its own.</summary>
    internal static IReadOnlyDictionary<string, string> Read(MappingReader reader, IReadOnlyDictionary<string, string> around, ProblemList problems)
    {
        if (reader.Mapping("namespaces") is not { } node)
            return around;
        Dictionary<string, string> namespaces = new(around, StringComparer.Ordinal);
        MappingReader inner = new(node, "'namespaces'", [.. node.Entries.Select(entry => entry.Key.Value)], [], problems);
        if (node.Entries.Count > NamespacesMax)
            problems.Add(node, RuleProblemCode.LimitExceeded, $"'namespaces' has at most {NamespacesMax} prefixes");
        foreach ((ScalarNode prefix, _) in node.Entries.Take(NamespacesMax))
            Read(inner, prefix, namespaces, problems);
        return namespaces;
    }

    private static void Read(MappingReader reader, ScalarNode prefix, Dictionary<string, string> namespaces, ProblemList problems)
    {
        if (!IsName(prefix.Value) || prefix.Value is "xml" or "xmlns")
            problems.Add(prefix, RuleProblemCode.InvalidValue, $"'{prefix.Value}' is no prefix; a prefix is an XML name without a colon, and neither xml nor xmlns");
        else if (reader.Text(prefix.Value) is { Length: > 0 } uri)
            namespaces[prefix.Value] = uri;
        else if (reader.TryGet(prefix.Value, out DocumentNode? node) && node is ScalarNode)
            problems.Add(node, RuleProblemCode.InvalidValue, $"the prefix '{prefix.Value}' wants the name of a namespace; an element in no namespace is written without a prefix");
    }

    private static bool IsName(string text)
    {
        try
        {
            XmlConvert.VerifyNCName(text);
            return true;
        }
        catch (Exception e) when (e is XmlException or ArgumentException)
        {
            return false;
        }
    }
}
