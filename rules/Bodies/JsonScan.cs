using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace E3.Relay.Rules.Bodies;

/// <summary>
/// One pass over a JSON document, for all selectors together. The document comes in windows: what is left over of one is the beginning of the next. All that is known
/// between two windows stands in fields.
/// </summary>
internal sealed partial class JsonScan
{
    private const StateEdges LooksAhead = StateEdges.Back | StateEdges.Filter;

    private readonly JsonAutomaton _automaton;
    private readonly JsonFrames _frames;
    private readonly WildMembers _wildMembers = new();
    private readonly JsonLookAhead? _lookAhead;
    private SelectionBuilder _found = null!;
    private ReadOnlyMemory<byte> _window;
    private ArrayBufferWriter<byte>? _wholeBytes;
    private JsonReaderState _state;
    private int _origin, _depth, _skipTo, _node;

    /// <summary>The object or array that is being read as one value: its depth (-1 for none), first byte and operation.</summary>
    private int _wholeDepth, _wholeStart, _wholeOperation;
    private bool _copies, _isAscii, _isNextDead, _isUnnamed, _isWaiting;

    internal JsonScan(JsonAutomaton automaton, int depthMax)
    {
        (_automaton, DepthMax) = (automaton, depthMax);
        _frames = new JsonFrames(depthMax, automaton.Words, automaton.NameWords);
        _lookAhead = automaton.LookingSteps.Count > 0 ? new JsonLookAhead() : null;
    }

    internal int DepthMax { get; }

    /// <summary>Whether a token of the document was read.</summary>
    internal bool HasBegun { get; private set; }

    /// <summary>Where the object or array begins that is being read as one value; -1 when there is none.</summary>
    internal int WholeStart => _wholeDepth >= 0 ? _wholeStart : -1;

    /// <summary>Whether the document was read to its last bracket.</summary>
    internal bool IsComplete => HasBegun && EndsWithBracket && _depth < 0 && _skipTo < 0 && !_isWaiting;

    /// <summary>Whether the last token that was read closes an array or object: such a document cannot have lost its end.</summary>
    internal bool EndsWithBracket { get; private set; }

    /// <summary>Begins with a body.</summary>
    /// <param name="found">Gathers what is found.</param>
    /// <param name="copies">Whether values are copied, because a window does not outlive its scan.</param>
    internal void Begin(SelectionBuilder found, bool copies)
    {
        (_found, _copies) = (found, copies);
        _wildMembers.Memory = found.Limits.Memory;
        _lookAhead?.Begin(found);
        BeginDocument();
    }

    /// <summary>Begins with a document of the body.</summary>
    internal void BeginDocument()
    {
        _state = new JsonReaderState(new JsonReaderOptions { MaxDepth = DepthMax });
        (_depth, _skipTo, _node, _wholeDepth) = (-1, -1, -1, -1);
        (_isNextDead, _isWaiting, HasBegun) = (false, false, false);
        _automaton.Start.CopyTo(_frames.States(0));
    }

    /// <summary>Goes on with the same body where what was found so far is taken away, and the bytes with it.</summary>
    /// <param name="found">Gathers what is found from here on.</param>
    /// <param name="bytes">How many bytes are taken away: places in the body are counted from there.</param>
    /// <returns>False when the body is refused.</returns>
    internal bool Continue(SelectionBuilder found, int bytes)
    {
        _found = found;
        _lookAhead?.Begin(found);
        _wholeStart -= bytes;
        return _wildMembers.KeepOpen(_frames, _depth, found.Limits.BodyBytesMax) <= found.Limits.BodyBytesMax || found.Refuse(RefusalCode.BodyTooLarge);
    }

    /// <summary>Forgets the body.</summary>
    internal void End()
    {
        _wildMembers.Clear();
        _lookAhead?.End();
        _wholeBytes?.Clear();
        (_found, _window) = (null!, default);
    }

    /// <summary>Reads on.</summary>
    /// <param name="window">What was left over, and what came after it.</param>
    /// <param name="origin">Where in the body the window begins.</param>
    /// <param name="isAscii">Whether the window is known to be ASCII.</param>
    /// <param name="isFinal">Whether the document ends with the window.</param>
    /// <param name="consumed">How much of the window is not wanted again.</param>
    /// <returns>False when the body is refused.</returns>
    internal bool Read(ReadOnlyMemory<byte> window, int origin, bool isAscii, bool isFinal, out int consumed)
    {
        (_window, _origin, _isAscii) = (window, origin, isAscii);
        Utf8JsonReader reader = new(window.Span, isFinal, _state);
        consumed = 0;
        try
        {
            if (!Run(ref reader))
                return false;
        }
        catch (JsonException)
        {
            return _found.Refuse(ReasonOf(reader, window.Span, DepthMax));
        }

        HasBegun |= reader.TokenType != JsonTokenType.None;
        EndsWithBracket = reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray;
        _state = reader.CurrentState;
        consumed = (int)reader.BytesConsumed;
        if (_wholeDepth >= 0 && _copies)
            (_wholeBytes ??= new()).Write(window.Span[Math.Max(_wholeStart - origin, 0)..consumed]);
        return true;
    }

    /// <summary>Why the reader has failed: at a bracket when all levels are open it is the depth.</summary>
    internal static RefusalCode ReasonOf(in Utf8JsonReader reader, ReadOnlySpan<byte> window, int depthMax)
    {
        int depth = reader.CurrentDepth + (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject ? 1 : 0);
        ReadOnlySpan<byte> rest = window[(int)reader.BytesConsumed..].TrimStart(" \t\r\n,:"u8);
        return depth >= depthMax && rest is [(byte)'[' or (byte)'{', ..] ? RefusalCode.TooDeep : RefusalCode.MalformedBody;
    }

    private bool Run(ref Utf8JsonReader reader)
    {
        if (_isWaiting && !EnterTape(ref reader))
            return false;
        if (_isWaiting || (_skipTo >= 0 && !ResumeSkip(ref reader)))
            return true;
        bool hasToken = false;
        while (hasToken || reader.Read())
        {
            hasToken = false;
            bool going = reader.TokenType switch
            {
                JsonTokenType.PropertyName => EnterMember(ref reader),
                JsonTokenType.StartObject or JsonTokenType.StartArray => Open(ref reader),
                JsonTokenType.EndObject or JsonTokenType.EndArray => Close(ref reader),
                _ => ReadScalar(ref reader),
            };
            if (!going)
                return false;
            if (_isWaiting || _skipTo >= 0)
                return true;
            if (_isUnnamed && reader.TokenType == JsonTokenType.PropertyName)
                hasToken = PassUnnamed(ref reader);
        }

        return true;
    }

    private bool Close(ref Utf8JsonReader reader)
    {
        bool endsWhole = _depth == _wholeDepth;
        _depth--;
        return !endsWhole || AddWhole(ref reader);
    }

    /// <summary>Finds the states of the member whose name was read; that most members have none is noted, so that nothing is done for them.</summary>
    private bool EnterMember(ref Utf8JsonReader reader)
    {
        ref JsonFrame frame = ref _frames[_depth];
        EnterNode(ref frame);
        int folded = -1, exact = -1;
        if ((frame.Edges & (StateEdges.Name | StateEdges.Wild | StateEdges.Filter)) != 0 && !TryReadName(ref reader, ref frame, out folded, out exact))
            return false;
        bool isUnnamed = folded < 0 && exact < 0 && (frame.Edges & (StateEdges.Wild | StateEdges.Filter)) == 0;
        _isUnnamed = isUnnamed && frame.Operation < 0;
        if (isUnnamed)
        {
            EnterUnnamed((frame.Edges & StateEdges.Descend) != 0);
            return true;
        }

        _isNextDead = false;
        _automaton.StepToMember(_frames.States(_depth), folded, exact, _frames.States(_depth + 1));
        return (frame.Edges & StateEdges.Filter) == 0 || LookAhead(ref frame, -1);
    }

    /// <summary>
    /// Passes by the value of a member that no step names, and by such members after it, as far as nothing in them can be selected. If something is not there yet, it will be
    /// looked at as any other.
    /// </summary>
    /// <returns>Whether the reader stands at a token that is to be looked at.</returns>
    private bool PassUnnamed(ref Utf8JsonReader reader)
    {
        ref JsonFrame frame = ref _frames[_depth];
        bool passesNames = frame.NextNode < 0 && _isAscii && _automaton.ExactNames.Count == 0;
        bool descends = (frame.Edges & StateEdges.Descend) != 0;
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                if (descends)
                {
                    EnterUnnamed(descends);
                    return true;
                }

                if (!Skip(ref reader, reader.CurrentDepth))
                    return false;
            }

            if (!passesNames || !reader.Read())
                return false;
            if (reader.TokenType != JsonTokenType.PropertyName || reader.ValueIsEscaped || _automaton.FoldedNames.Find(reader.ValueSpan, true) >= 0)
                return true;
        }

        EnterUnnamed(descends);
        return false;
    }

    /// <summary>The states of a member that no step names: none but those that descend.</summary>
    private void EnterUnnamed(bool descends)
    {
        _isNextDead = !descends;
        if (descends)
            _automaton.StepToMember(_frames.States(_depth), -1, -1, _frames.States(_depth + 1));
    }

    private void EnterNode(ref JsonFrame frame)
    {
        _node = frame.NextNode;
        if (_node >= 0)
            frame.NextNode = _lookAhead!.Tape[_node].Next;
    }

    private bool TryReadName(ref Utf8JsonReader reader, ref JsonFrame frame, out int folded, out int exact)
    {
        (folded, exact) = (-1, -1);
        ReadOnlySpan<byte> name = reader.ValueSpan;
        ReadOnlyMemory<byte> decoded = default;
        if (reader.ValueIsEscaped)
        {
            decoded = Source(ref reader, 1, name.Length);
            if (!TryUnescape(ref decoded) || !IsWhole(decoded.Span))
                return false;
            name = decoded.Span;
        }

        if ((frame.Edges & StateEdges.Name) != 0)
        {
            folded = _automaton.FoldedNames.Find(name, _isAscii && !reader.ValueIsEscaped);
            exact = _automaton.ExactNames.Find(name);
            if ((folded >= 0 || exact >= 0) && _automaton.Names(_frames.States(_depth), folded, exact) && !SeeName(folded, exact))
                return _found.Refuse(RefusalCode.RepeatedMember);
        }

        if ((frame.Edges & (StateEdges.Wild | StateEdges.Filter)) == 0)
            return true;
        ReadOnlyMemory<byte> member = reader.ValueIsEscaped ? decoded : Source(ref reader, 1, name.Length);
        bool isNewMember = _copies ? _wildMembers.AddCopy(_depth, frame.Object, member) : _wildMembers.Add(_depth, frame.Object, member);
        return isNewMember || _found.Refuse(RefusalCode.RepeatedMember);
    }

    /// <summary>A name with NUL inside ends there for servers that keep it as a C string.</summary>
    private bool IsWhole(ReadOnlySpan<byte> name) => !name.Contains((byte)0) || _found.Refuse(RefusalCode.MalformedText);

    private bool SeeName(int folded, int exact)
    {
        bool isNew = folded < 0 || _frames.See(_depth, folded);
        return (exact < 0 || _frames.See(_depth, _automaton.FoldedNames.Count + exact)) && isNew;
    }

    /// <summary>Follows the steps that look ahead to the value that is about to be read.</summary>
    private bool LookAhead(ref JsonFrame frame, long index)
    {
        ReadOnlySpan<ulong> states = _frames.States(_depth);
        Span<ulong> next = _frames.States(_depth + 1);
        for (int i = 0; i < _automaton.LookingSteps.Count; i++)
        {
            JsonLookingStep looking = _automaton.LookingSteps[i];
            if (JsonAutomaton.Has(states, looking.State) && _lookAhead!.Leads(looking, _node, index, frame.Count))
                JsonAutomaton.Follow(states, looking.State, next);
        }

        return _found.Refusal is null;
    }

    private bool Open(ref Utf8JsonReader reader)
    {
        if (!TryResolve(out int operation, out int bindSlot))
            return false;
        if (bindSlot >= 0)
            _found.Bind(bindSlot, default, false);
        StateEdges edges = _isNextDead ? StateEdges.None : _automaton.EdgesOf(_frames.States(_depth + 1));
        if (operation < 0 && edges == StateEdges.None)
        {
            Skip(ref reader, reader.CurrentDepth);
            return true;
        }

        _depth++;
        if (operation >= 0 && _wholeDepth < 0 && _found.Plan.Operations[operation].Whole)
            (_wholeDepth, _wholeStart, _wholeOperation) = (_depth, _origin + (int)reader.TokenStartIndex, operation);
        _frames.Open(_depth, reader.TokenType == JsonTokenType.StartArray, edges, operation);
        bool wantsTape = _node >= 0 || (edges & LooksAhead) != 0 || (_depth == 0 && _automaton.NeedsDocument);
        return !wantsTape || EnterTape(ref reader);
    }

    /// <summary>Reads ahead to the end of the array or object that was opened, unless something around it was read ahead.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // A reader is large to copy.
    private bool EnterTape(ref Utf8JsonReader reader)
    {
        bool isRead = _node >= 0;
        _isWaiting = !isRead && !_lookAhead!.TryRead(reader, _window);
        if (_isWaiting)
            return _found.Refusal is null;
        int node = isRead ? _node : 0;
        ref JsonFrame frame = ref _frames[_depth];
        (frame.NextNode, frame.Count) = (node + 1, _lookAhead!.Tape[node].Count);
        return true;
    }

    private bool ResumeSkip(ref Utf8JsonReader reader)
    {
        int depth = _skipTo;
        _skipTo = -1;
        return Skip(ref reader, depth);
    }

    /// <summary>Passes by what is left of an array or object.</summary>
    /// <returns>False when its end is not there yet.</returns>
    private bool Skip(ref Utf8JsonReader reader, int depth)
    {
        while (reader.Read())
        {
            if (reader.CurrentDepth <= depth)
                return true;
        }

        _skipTo = depth;
        return false;
    }
}
