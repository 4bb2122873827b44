using System.Text;
using System.Text.Json;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Bodies;

/// <summary>Queries inside of filters.</summary>
internal sealed partial class JsonLookAhead
{
    // What folding a name costs that is not ASCII, in steps.
    private const int FoldingSteps = 8;

    private Nodes Select(FilterQuery query, int node, int wanted)
    {
        Nodes found = new() { Wanted = wanted };
        Visit(query.Segments, 0, query.IsAbsolute ? 0 : node, ref found);
        return found;
    }

    private void Visit(IReadOnlyList<JsonPathSegment> segments, int at, int node, ref Nodes found)
    {
        if (!Spend(1) || found.IsFull)
            return;
        if (at == segments.Count)
        {
            found.Add(node);
            return;
        }

        JsonTokenType kind = _tape[node].Kind;
        if (kind is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            return;
        JsonPathSegment segment = segments[at];
        for (int i = 0; i < segment.Steps.Count; i++)
            Follow(segment.Steps[i], segments, at, node, ref found);
        if (!segment.Descends)
            return;
        int end = _tape[node].Next;
        for (int child = node + 1; child < end && !found.IsFull && !IsRefused; child = _tape[child].Next)
            Visit(segments, at, child, ref found);
    }

    private void Follow(JsonPathStep step, IReadOnlyList<JsonPathSegment> segments, int at, int node, ref Nodes found)
    {
        bool isObject = _tape[node].Kind == JsonTokenType.StartObject;
        if (step.Kind == JsonPathStepKind.Name)
        {
            if (isObject && FindMember(step.Name!, node) is int member and >= 0)
                Visit(segments, at + 1, member, ref found);
            return;
        }

        bool takesMembers = step.Kind is JsonPathStepKind.Wildcard or JsonPathStepKind.Filter;
        if (isObject && (!takesMembers || !JudgeMembers(node)))
            return;
        int count = _tape[node].Count, end = _tape[node].Next;
        long index = 0;
        for (int child = node + 1; child < end && !found.IsFull && Spend(1); child = _tape[child].Next)
        {
            if (Takes(step, child, index++, count))
                Visit(segments, at + 1, child, ref found);
        }
    }

    private bool Takes(JsonPathStep step, int child, long index, int count) => step.Kind switch
    {
        JsonPathStepKind.Wildcard => true,
        JsonPathStepKind.Index => index == (step.Index < 0 ? count + step.Index : step.Index),
        JsonPathStepKind.Slice => step.Slice.Contains(index, count),
        _ => Passes(step.Filter!, child) && !IsRefused,
    };

    /// <summary>The member of this name, or -1. It is refused that there are two: servers differ in which one they take.</summary>
    private int FindMember(JsonPathName name, int node)
    {
        int found = -1, end = _tape[node].Next;
        for (int child = node + 1; child < end; child = _tape[child].Next)
        {
            if (!TryDecodeName(child, out ReadOnlySpan<byte> text))
                return -1;
            if (!name.Matches(text, _exactNames))
                continue;
            if (found >= 0)
            {
                _found!.Refuse(RefusalCode.RepeatedMember);
                return -1;
            }

            found = child;
        }

        return found;
    }

    private bool TryDecodeName(int node, out ReadOnlySpan<byte> text)
    {
        ref JsonTapeNode member = ref _tape[node];
        if (!TryDecode(member.NameStart, member.NameLength, member.IsNameEscaped, ref _left, out text))
            return false;
        // A name with NUL inside ends there for servers that keep it as a C string.
        if (member.IsNameEscaped && text.Contains((byte)0))
            return _found!.Refuse(RefusalCode.MalformedText);
        return Ascii.IsValid(text) || Spend(FoldingSteps);
    }

    /// <summary>Refuses an object that has a member twice, when all of its members are looked at.</summary>
    private bool JudgeMembers(int node)
    {
        if (_tape[node].HasJudgedMembers || _tape[node].Kind != JsonTokenType.StartObject)
            return true;
        _tape[node].HasJudgedMembers = true;
        int end = _tape[node].Next;
        for (int child = node + 1; child < end; child = _tape[child].Next)
        {
            if (!TryDecodeName(child, out ReadOnlySpan<byte> text))
                return false;
            ReadOnlyMemory<byte> name = _window.Slice(_tape[child].NameStart, _tape[child].NameLength);
            if (_tape[child].IsNameEscaped)
            {
                Memory<byte> copy = _found!.Arena.Take(text.Length);
                text.CopyTo(copy.Span);
                name = copy;
            }

            if (!_members.Add(0, node, name))
                return _found!.Refuse(RefusalCode.RepeatedMember);
        }

        return true;
    }

    /// <summary>What a query has found so far. A node that is found in two ways counts twice (RFC 9535, section 2.1).</summary>
    private struct Nodes
    {
        internal required int Wanted { get; init; }

        internal HashSet<int>? All { get; init; }

        internal int Count { get; private set; }

        internal int First { get; private set; }

        internal readonly bool IsFull => Count >= Wanted;

        internal void Add(int node)
        {
            if (Count++ == 0)
                First = node;
            All?.Add(node);
        }
    }
}
