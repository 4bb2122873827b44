namespace E3.Relay.Rules.Bodies;

/// <summary>The kinds of steps that lead from a set of states to a child.</summary>
[Flags]
internal enum StateEdges : byte
{
    None = 0,
    Name = 1,
    Index = 2,
    Wild = 4,
    Descend = 8,

    /// <summary>Slices that an element's own index decides.</summary>
    Slice = 16,

    /// <summary>Indices and slices that count from the end.</summary>
    Back = 32,
    Filter = 64,
}
