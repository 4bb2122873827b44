using System.Text;
using System.Xml;
using System.Xml.XPath;
using CsCheck;

namespace E3.Relay.Rules.Tests.Xml;

public sealed class XmlPropertyTests
{
    private const string Namespaces = "namespaces: {o: \"urn:o\", p: \"urn:p\", z: \"urn:z\"}";

    private static readonly string[] Selectors =
    [
        "/r/a", "//card", "//o:card/@id", "//@*", "//*", "/", "//text()", "/r/*/b", "//a//number", "//o:*", "/r/card/text()", "//p:x | //b", "//@xml:lang", "//number/@o:id",
        "//*[@id]", "//card[1]", "(//b)[last()]", "//a/following-sibling::*", "//text()[. = '4242']", "//*[count(*) = 1]/@*", "//b/ancestor::*/@id", "//@id[. = 'x']/..",
    ];

    private static readonly BodyPlan[] Plans = [.. Selectors.Select(selector => Plan(selector, ""))];

    private static readonly BodyPlan[] ExactPlans = [.. Selectors.Select(selector => Plan(selector, "names: exact"))];

    private static readonly Gen<int> Any = Gen.Int[0, Selectors.Length - 1];

    private static BodyPlan Plan(string selector, string names) =>
        RulesUnderTest.XmlPlan(RulesUnderTest.File($"request: [{{encrypt: {{xml: [\"{selector}\"]}}, role: r, incoming: verify}}]", more: $"{Namespaces}\n{names}"));

    [Fact]
    public void TryWrite_NothingReplaced_IsTheIdentity() => Gen.Select(XmlDocuments.WellFormed, Any).Sample((document, plan) =>
    {
        using BodySelection? selected = Select(Plans[plan], document);
        return selected is not { } selection || selection.Write(_ => default) == document;
    }, iter: 2000);

    [Fact]
    public void TryWrite_SameValues_ChangesNoValue() => Gen.Select(XmlDocuments.WellFormed, Any).Sample((document, plan) =>
    {
        using BodySelection? selected = Select(Plans[plan], document);
        return selected is not { } selection || Canonical(selection.Write(field => new FieldReplacement(true, field.Type, field.Value))) == Canonical(document);
    }, iter: 2000);

    [Fact]
    public void TryWrite_NewValues_StandWhereTheSelectedOnesStoodAndNowhereElse() => Gen.Select(XmlDocuments.WellFormed, Gen.Int[0, 13]).Sample((document, plan) =>
    {
        using BodySelection? selected = Select(Plans[plan], document);
        if (selected is not { } selection)
            return true;
        string written = selection.Write(_ => RulesUnderTest.Replacement("n<&\"'\t\r\n]]>"));
        using BodySelection again = Plans[plan].Select(written);
        return again.Fields.Count == selection.Fields.Count && again.Fields.All(field => Encoding.UTF8.GetString(field.Value.Span) == "n<&\"'\t\r\n]]>")
            && again.Write(_ => RulesUnderTest.Replacement("m")) == selection.Write(_ => RulesUnderTest.Replacement("m"));
    }, iter: 2000);

    /// <summary>With exact names, what is selected is what the platform's own evaluation over its own document selects.</summary>
    [Fact]
    public void TrySelect_ExactNames_SelectsWhatThePlatformsXPathSelects() => Gen.Select(XmlDocuments.WellFormed, Any).Sample((document, plan) =>
    {
        using BodySelection? selected = Select(ExactPlans[plan], document);
        return selected is not { } selection || selection.Fields.Select(field => Encoding.UTF8.GetString(field.Value.Span)).SequenceEqual(Expected(document, Selectors[plan]));
    }, iter: 5000);

    [Fact]
    public void TrySelect_ManySelectors_SelectWhatEachSelectsAlone() => Gen.Select(XmlDocuments.WellFormed, Any.Array[1, 40]).Sample((document, chosen) =>
    {
        BodyPlan all = RulesUnderTest.XmlPlan(RulesUnderTest.File(
            $"request: [{{encrypt: {{xml: [{string.Join(", ", chosen.Select(i => $"\"{Selectors[i]}\""))}]}}, role: r, incoming: verify}}]", more: Namespaces));
        using BodySelection? selected = Select(all, document);
        if (selected is not { } selection)
            return true;
        string one = selection.Write(_ => RulesUnderTest.Replacement("m"));
        string each = chosen.Distinct().Aggregate(document, (text, i) =>
        {
            using BodySelection alone = Plans[i].Select(text);
            return alone.Write(_ => RulesUnderTest.Replacement("m"));
        });
        return one == each || chosen.Any(i => i > 13);
    }, iter: 300);

    [Fact]
    public void TrySelect_DamagedDocument_NeverThrows() => Gen.Select(XmlDocuments.Damaged, Any).Sample((document, plan) =>
    {
        bool selected = Plans[plan].TrySelect(Encoding.UTF8.GetBytes(document), RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out Refusal? refusal);
        selection.Dispose();
        return selected == (refusal is null);
    }, iter: 5000);

    /// <summary>Null for the one thing that is well-formed and refused: a comment inside of a value.</summary>
    private static BodySelection? Select(BodyPlan plan, string document)
    {
        bool selected = plan.TrySelect(Encoding.UTF8.GetBytes(document), RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out Refusal? refusal);
        Assert.True(selected || refusal!.Code == RefusalCode.AmbiguousXml, refusal?.ToString());
        return selected ? selection : null;
    }

    private static string Canonical(string document)
    {
        XPathDocument parsed = new(Reader(document), XmlSpace.Preserve);
        StringBuilder text = new();
        foreach (XPathNavigator node in parsed.CreateNavigator().Select("//node() | //@*"))
            text.Append(node.NodeType).Append(' ').Append(node.NamespaceURI).Append(' ').Append(node.LocalName).Append(' ').Append(node.NodeType == XPathNodeType.Element ? "" : node.Value).Append('\n');
        return text.ToString();
    }

    private static IEnumerable<string> Expected(string document, string selector)
    {
        XPathNavigator root = new XPathDocument(Reader(document), XmlSpace.Preserve).CreateNavigator();
        XmlNamespaceManager manager = new(root.NameTable);
        foreach (string name in (string[])["o", "p", "z"])
            manager.AddNamespace(name, $"urn:{name}");
        HashSet<XPathNavigator> selected = new(new Positions());
        foreach (XPathNavigator node in root.Select(selector, manager))
            selected.Add(node.Clone());
        return Values(root, selected, false);
    }

    private static IEnumerable<string> Values(XPathNavigator node, HashSet<XPathNavigator> selected, bool inside)
    {
        inside |= selected.Contains(node);
        if (node.NodeType == XPathNodeType.Element)
        {
            foreach (XPathNavigator attribute in node.Select("@*"))
            {
                if (selected.Contains(attribute))
                    yield return attribute.Value;
            }

            bool isLeaf = node.Select("*").Count == 0;
            if (isLeaf && inside)
            {
                yield return node.Value;
                yield break;
            }
        }

        bool hasElements = node.NodeType == XPathNodeType.Root || node.Select("*").Count > 0;
        foreach (XPathNavigator child in node.SelectChildren(XPathNodeType.All))
        {
            if (child.NodeType == XPathNodeType.Text || child.NodeType is XPathNodeType.Whitespace or XPathNodeType.SignificantWhitespace)
            {
                if ((inside || selected.Contains(child)) && !(hasElements && child.Value.Trim(' ', '\t', '\r', '\n').Length == 0))
                    yield return child.Value;
                continue;
            }

            foreach (string value in Values(child, selected, inside))
                yield return value;
        }
    }

    private static XmlReader Reader(string document) => XmlReader.Create(new StringReader(document.TrimStart('\uFEFF')));

    private sealed class Positions : IEqualityComparer<XPathNavigator>
    {
        public bool Equals(XPathNavigator? x, XPathNavigator? y) => x!.IsSamePosition(y!);

        public int GetHashCode(XPathNavigator node) => XPathNavigator.NavigatorComparer.GetHashCode(node);
    }
}
