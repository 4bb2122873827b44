namespace E3.Relay.Rules.Bodies;

/// <summary>The open arrays and objects around the reader, one frame each. Reused from body to body.</summary>
internal sealed class JsonFrames(int depthMax, int stateWords, int nameWords)
{
    private readonly ulong[] _states = new ulong[(depthMax + 2) * stateWords];
    private readonly ulong[] _seen = new ulong[(depthMax + 2) * nameWords];
    private readonly JsonFrame[] _frames = new JsonFrame[depthMax + 2];

    /// <summary>The states of the node that is open at a depth, or that the reader is about to open there.</summary>
    internal Span<ulong> States(int depth) => _states.AsSpan(depth * stateWords, stateWords);

    internal ref JsonFrame this[int depth] => ref _frames[depth];

    internal void Open(int depth, bool isArray, StateEdges edges, int operation)
    {
        _frames[depth] = new JsonFrame { IsArray = isArray, Edges = edges, Operation = operation, NextIndex = 0, NextNode = -1, Object = _frames[depth].Object + 1 };
        _seen.AsSpan(depth * nameWords, nameWords).Clear();
    }

    /// <summary>Notes a member's name.</summary>
    /// <returns>False when it was noted before in the same object.</returns>
    internal bool See(int depth, int name)
    {
        ref ulong word = ref _seen[(depth * nameWords) + (name >> 6)];
        ulong bit = 1UL << (name & 63);
        bool isNew = (word & bit) == 0;
        word |= bit;
        return isNew;
    }
}
