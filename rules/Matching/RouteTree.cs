namespace E3.Relay.Rules.Matching;

/// <summary>All path patterns of a rule set as one tree over their segments, so that matching costs what the path is long and not what the rules are many.</summary>
internal sealed class RouteTree
{
    private readonly Node _root = new();

    internal void Add(PathPattern pattern, int rule)
    {
        Node node = _root;
        foreach (string segment in pattern.Segments)
            node = node.Child(segment);
        node.Rules.Add(rule);
    }

    /// <summary>Adds to <paramref name="rules"/> the rules whose pattern matches, in ascending order.</summary>
    /// <param name="segments">Folded segments.</param>
    /// <param name="rules">Receives the rules.</param>
    internal void Match(IReadOnlyList<string> segments, List<int> rules)
    {
        List<Node> current = [], next = [];
        Enter(_root, current);
        for (int i = 0; i < segments.Count && current.Count > 0; i++)
        {
            next.Clear();
            foreach (Node node in current)
                Step(node, segments[i], next);
            (current, next) = (next, current);
        }

        foreach (Node node in current)
            rules.AddRange(node.Rules);
        rules.Sort();
    }

    private static void Step(Node node, string segment, List<Node> next)
    {
        if (node.IsMany)
            Enter(node, next);
        if (node.Literals.TryGetValue(segment, out Node? literal))
            Enter(literal, next);
        if (node.One is { } one)
            Enter(one, next);
    }

    /// <summary>A node is entered together with the <c>**</c> below it, which may stand for no segment.</summary>
    private static void Enter(Node node, List<Node> nodes)
    {
        if (nodes.Contains(node))
            return;
        nodes.Add(node);
        if (node.Many is { } many)
            Enter(many, nodes);
    }

    private sealed class Node
    {
        internal Dictionary<string, Node> Literals { get; } = new(StringComparer.Ordinal);

        internal Node? One { get; private set; }

        internal Node? Many { get; private set; }

        /// <summary>Reached by <c>**</c>: stays for any further segment.</summary>
        internal bool IsMany { get; private init; }

        internal List<int> Rules { get; } = [];

        internal Node Child(string segment)
        {
            if (segment == PathPattern.One)
                return One ??= new Node();
            if (segment == PathPattern.Many)
                return Many ??= new Node { IsMany = true };
            if (!Literals.TryGetValue(segment, out Node? node))
                Literals.Add(segment, node = new Node());
            return node;
        }
    }
}
