namespace E3.Relay.Rules.Matching;

/// <summary>Path patterns as one tree over their segments, so that matching costs what the path is long and not what the patterns are many.</summary>
internal sealed class RouteTree
{
    // A node's number is its place in the list.
    private readonly List<Node> _nodes = [new(false)];

    /// <summary>The number of nodes: every number that <see cref="Add"/> returns is below it.</summary>
    internal int Count => _nodes.Count;

    /// <summary>Adds a pattern.</summary>
    /// <returns>The number of the node at which it ends; patterns that say the same end at the same one.</returns>
    internal int Add(PathPattern pattern)
    {
        int node = 0;
        foreach (string segment in pattern.Segments)
            node = Child(_nodes[node], segment);
        return node;
    }

    /// <summary>Finds the nodes at which patterns that match may end.</summary>
    /// <param name="segments">Folded segments.</param>
    /// <param name="ends">Receives the nodes, each once.</param>
    internal void Match(IReadOnlyList<string> segments, ref IndexList ends)
    {
        IndexList next = new(stackalloc int[16]);
        Enter(0, ref ends);
        for (int i = 0; i < segments.Count && ends.Count > 0; i++)
        {
            next.Clear();
            foreach (int node in ends.Items)
                Step(node, segments[i], ref next);
            ends.Clear();
            foreach (int node in next.Items)
                ends.Add(node);
        }

        next.Dispose();
    }

    private void Step(int number, string segment, ref IndexList next)
    {
        Node node = _nodes[number];
        if (node.IsMany)
            Enter(number, ref next);
        if (node.Literals is { } literals && literals.TryGetValue(segment, out int literal))
            Enter(literal, ref next);
        if (node.One > 0)
            Enter(node.One, ref next);
    }

    /// <summary>A node is entered together with the <c>**</c> below it, which may stand for no segment.</summary>
    private void Enter(int number, ref IndexList nodes)
    {
        if (nodes.Items.Contains(number))
            return;
        nodes.Add(number);
        if (_nodes[number].Many is int many and > 0)
            Enter(many, ref nodes);
    }

    private int Child(Node node, string segment)
    {
        if (segment == PathPattern.One)
            return node.One > 0 ? node.One : node.One = New(false);
        if (segment == PathPattern.Many)
            return node.Many > 0 ? node.Many : node.Many = New(true);
        node.Literals ??= new(StringComparer.Ordinal);
        if (!node.Literals.TryGetValue(segment, out int child))
            node.Literals.Add(segment, child = New(false));
        return child;
    }

    private int New(bool isMany)
    {
        _nodes.Add(new Node(isMany));
        return _nodes.Count - 1;
    }

    /// <param name="isMany">Reached by <c>**</c>: stays for any further segment.</param>
    private sealed class Node(bool isMany)
    {
        internal bool IsMany => isMany;

        internal Dictionary<string, int>? Literals { get; set; }

        /// <summary>The node below <c>*</c>; 0, which is the root, for none.</summary>
        internal int One { get; set; }

        /// <summary>The node below <c>**</c>; 0 for none.</summary>
        internal int Many { get; set; }
    }
}
