namespace E3.Relay.Rules.Bodies;

/// <summary>One open array or object.</summary>
internal struct JsonFrame
{
    internal bool IsArray;

    /// <summary>Which steps its states have.</summary>
    internal StateEdges Edges;

    /// <summary>The operation that selected it or something around it, so that all leaves inside are selected; -1 when there is none.</summary>
    internal int Operation;

    /// <summary>The index of the next element.</summary>
    internal long NextIndex;

    /// <summary>The next child in the tape; -1 when there is no tape of it.</summary>
    internal int NextNode;

    /// <summary>The length of an array that is in the tape.</summary>
    internal int Count;

    /// <summary>Tells the objects of one depth apart.</summary>
    internal long Object;
}
