using System.Xml.XPath;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Xml;

/// <summary>Finds the nodes that expressions select which one pass cannot decide.</summary>
internal static class XmlEvaluation
{
    /// <summary>A path with a predicate takes some ten steps a node. This is for about 200 of them, or for one that takes the square of 3000 nodes.</summary>
    private const long StepsMax = 10_000_000;

    /// <summary>Evaluates all expressions.</summary>
    /// <param name="found">The body; refused when it is malformed or the evaluation takes too long.</param>
    /// <param name="selectors">For the first byte of each selected node the selectors that select it.</param>
    internal static bool TryRun(SelectionBuilder found, out Dictionary<int, List<int>> selectors)
    {
        selectors = [];
        using XmlTree tree = new(found.Body, found.Limits.Memory);
        if (tree.Build(found.Limits.DepthMax) is { } error)
            return found.Refuse(error);
        XmlEvaluationBudget budget = new(StepsMax);
        foreach ((int selector, XPathExpression expression) in found.Plan.Xml!.Expressions)
        {
            try
            {
                foreach (XPathNavigator node in new XmlTreeNavigator(tree, budget).Select(expression.Clone()))
                    Note((XmlTreeNavigator)node, selector, tree, selectors);
            }
            catch (XmlEvaluationException)
            {
                return found.Refuse(RefusalCode.SelectorTooCostly, found.Plan.Targets[selector].RuleId);
            }
        }

        return true;
    }

    /// <summary>Comments and processing instructions hold no values. The root is its element.</summary>
    private static void Note(XmlTreeNavigator node, int selector, XmlTree tree, Dictionary<int, List<int>> selectors)
    {
        if (node.Type is XPathNodeType.Comment or XPathNodeType.ProcessingInstruction)
            return;
        int start = node.Start;
        for (int child = tree.FirstChild(0); start < 0 && child > 0; child = tree.Next(child))
            start = tree[child].Type == XPathNodeType.Element ? tree[child].Start : -1;
        if (!selectors.TryGetValue(start, out List<int>? list))
            selectors.Add(start, list = []);
        list.Add(selector);
    }
}
