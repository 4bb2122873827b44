using System.Numerics;
using System.Text;
using System.Text.Unicode;
using System.Xml;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Xml;

/// <summary>One pass over an XML body, for all selectors together, in step with <see cref="XmlAgreement"/>.</summary>
internal ref struct XmlScan
{
    private readonly SelectionBuilder _found;
    private readonly XmlAutomaton _automaton;
    private readonly XmlAgreement _agreement;
    private readonly Dictionary<int, List<int>>? _evaluated;
    private readonly ulong[] _states;
    private readonly ulong[] _step;
    private readonly XmlSteps? _steps;
    private readonly XmlFrame[] _frames;
    private readonly bool[] _bound;
    private readonly bool _isAscii;
    private readonly List<(int Start, int End)> _waiting = [];
    private XmlTokenizer _tokens;
    private XmlPlace _place;
    private int _textStart = -1, _textEnd;
    private int _depth;
    private bool _isEnvelope;

    private XmlScan(SelectionBuilder found, XmlAgreement agreement, Dictionary<int, List<int>>? evaluated, bool isAscii)
    {
        (_found, _agreement, _evaluated, _isAscii) = (found, agreement, evaluated, isAscii);
        _automaton = found.Plan.Xml!.Automaton;
        int depthMax = found.Limits.DepthMax;
        _states = new ulong[(depthMax + 2) * _automaton.Words];
        _step = new ulong[_automaton.Words];
        _steps = _automaton.Words == 1 ? new XmlSteps(_automaton, isAscii) : null;
        _frames = new XmlFrame[depthMax + 2];
        _bound = new bool[found.Plan.BindSlots];
        _tokens = new XmlTokenizer(found.Body.Span, new XmlNamespaces(_automaton.Namespaces), depthMax);
    }

    internal static bool TrySelect(SelectionBuilder found)
    {
        ReadOnlySpan<byte> body = found.Body.Span;
        bool isAscii = Ascii.IsValid(body);
        // NUL stands in no XML; where it is, a reader may see UTF-16.
        if ((!isAscii && !Utf8.IsValid(body)) || body.Contains((byte)0))
            return found.Refuse(RefusalCode.MalformedText);
        try
        {
            Dictionary<int, List<int>>? evaluated = null;
            if (found.Plan.Xml!.Expressions.Count > 0 && !XmlEvaluation.TryRun(found, out evaluated))
                return false;
            using XmlAgreement agreement = new(found.Body);
            return new XmlScan(found, agreement, evaluated, isAscii).Run();
        }
        catch (XmlException)
        {
            return found.Refuse(RefusalCode.MalformedBody);
        }
    }

    private readonly Span<ulong> States(int depth) => _states.AsSpan(depth * _automaton.Words, _automaton.Words);

    private bool Run()
    {
        _automaton.Start.CopyTo(States(0));
        _frames[0] = new XmlFrame { Edges = _automaton.EdgesOf(States(0)), Operation = -1, BindSlot = -1 };
        while (_tokens.Read())
        {
            if (!_agreement.Agrees(in _tokens))
                return _found.Refuse(RefusalCode.MalformedBody);
            bool going = _tokens.Kind switch
            {
                XmlTokenKind.Text or XmlTokenKind.CData => TakeText(),
                XmlTokenKind.StartElement => EndText() && JudgeReferences() && OpenElement(),
                XmlTokenKind.EndElement => EndText() && CloseElement(),
                XmlTokenKind.Declaration => JudgeDeclaration(),
                _ => EndText() && PassOther(),
            };
            if (!going)
                return false;
        }

        if (_tokens.Error is { } error)
            return _found.Refuse(error);
        return _agreement.Ends() || _found.Refuse(RefusalCode.MalformedBody);
    }

    /// <summary>A declared encoding is one of what the bytes are: another one could make other text of them.</summary>
    private bool JudgeDeclaration()
    {
        if (!_agreement.AgreesOnAttributes(_tokens))
            return _found.Refuse(RefusalCode.MalformedBody);
        foreach (ref readonly XmlAttributeSite attribute in _tokens.Attributes)
        {
            ReadOnlySpan<byte> value = _tokens.Xml.Slice(attribute.ValueStart, attribute.ValueLength);
            if (!attribute.Name.Whole(_tokens.Xml).SequenceEqual("encoding"u8) || Ascii.EqualsIgnoreCase(value, "utf-8"u8))
                continue;
            if (!_isAscii || !Ascii.EqualsIgnoreCase(value, "us-ascii"u8))
                return _found.Refuse(RefusalCode.UnsupportedCharset);
            _place = XmlPlace.Ascii;
        }

        return true;
    }

    private bool JudgeReferences()
    {
        _isEnvelope |= _tokens.Depth == 0 && XmlReferences.IsEnvelope(_tokens);
        return !_isEnvelope || _tokens.Attributes.IsEmpty || !XmlReferences.HasAny(_tokens) || _found.Refuse(RefusalCode.AmbiguousXml);
    }

    private bool PassOther()
    {
        _frames[_depth].HasOthers = true;
        return true;
    }

    private bool TakeText()
    {
        if (!_frames[_depth].WantsText && _evaluated is null)
            return true;
        if (!_agreement.AgreesOnContent(_tokens))
            return _found.Refuse(RefusalCode.MalformedBody);
        if (_textStart < 0)
            _textStart = _tokens.Start;
        _textEnd = _tokens.End;
        return true;
    }

    /// <summary>A text ends at the next markup. Whether it is a value is known only when its element's first child or end is.</summary>
    private bool EndText() => _textStart < 0 || EndTextHere();

    private bool EndTextHere()
    {
        (int Start, int End) text = (_textStart, _textEnd);
        _textStart = -1;
        if (_frames[_depth].HasElements)
            return AddText(text.Start, text.End);
        _waiting.Add(text);
        return true;
    }

    private bool OpenElement()
    {
        ref XmlFrame outer = ref _frames[_depth];
        outer.HasElements = true;
        if (_waiting.Count > 0 && !AddWaiting())
            return false;
        XmlEdges edges = outer.Edges & XmlEdges.Elements;
        if (edges == XmlEdges.None && outer.Operation < 0 && _evaluated is null)
            return PassElement();
        ref XmlFrame frame = ref _frames[_depth + 1];
        frame = new XmlFrame { Operation = outer.Operation, BindSlot = -1, ContentStart = _tokens.End };
        Span<ulong> next = States(_depth + 1);
        if (edges == XmlEdges.None)
            next.Clear();
        else
            frame.Edges = Step(edges, next);
        if (((frame.Edges & XmlEdges.Accepts) != 0 || _evaluated is not null) && !Accept(next, _tokens.Start, ref frame.Operation, ref frame.BindSlot))
            return false;
        if (WantsAttributes(frame) && !ReadAttributes(ref frame))
            return false;
        if (_tokens.IsEmptyElement)
            return AddContent(frame, new FieldSite(_tokens.End - 2, 2, _depth, false, _place | XmlPlace.EmptyElement), _tokens.End, _tokens.End);
        _depth++;
        return true;
    }

    /// <summary>Reads over an element in which nothing can be selected: there is nothing to note but that both readers see the same.</summary>
    private bool PassElement()
    {
        int depth = _tokens.Depth;
        while (true)
        {
            if (_tokens.HasDeclarations && _tokens.Kind == XmlTokenKind.StartElement && !_agreement.AgreesOnAttributes(_tokens))
                return _found.Refuse(RefusalCode.MalformedBody);
            if (_isEnvelope && _tokens.Kind == XmlTokenKind.StartElement && !JudgeReferences())
                return false;
            if (_tokens.Depth == depth && (_tokens.Kind == XmlTokenKind.EndElement || _tokens.IsEmptyElement))
                return true;
            if (!_tokens.Read())
                return _found.Refuse(_tokens.Error ?? RefusalCode.MalformedBody);
            if (!_agreement.Agrees(in _tokens))
                return _found.Refuse(RefusalCode.MalformedBody);
        }
    }

    /// <summary>Namespaces are always held against the reader's, other attributes where one may be selected or says that its element is null.</summary>
    private readonly bool WantsAttributes(in XmlFrame frame) => !_tokens.Attributes.IsEmpty
        && (_tokens.HasDeclarations || (frame.Edges & XmlEdges.Attributes) != 0 || frame.Operation >= 0 || frame.BindSlot >= 0 || _evaluated is not null);

    /// <summary>Finds the states of the element that was read; most have none.</summary>
    private readonly XmlEdges Step(XmlEdges edges, Span<ulong> next)
    {
        int known = _tokens.Namespaces.KnownOf(_tokens.Namespace);
        ReadOnlySpan<byte> name = _tokens.Name.Local(_tokens.Xml);
        if (_steps is not null)
        {
            next[0] = _steps.ToElement(_states[_depth], edges, _agreement.LocalName, name, known, out XmlEdges edgesOfNext);
            return edgesOfNext;
        }

        (int folded, int exact) = (edges & XmlEdges.ElementNames) == 0 ? (-1, -1) : _automaton.Find(name, _isAscii);
        return _automaton.StepToElement(States(_depth), folded, exact, known, next) ? _automaton.EdgesOf(next) : XmlEdges.None;
    }

    /// <summary>Adds the selectors that select the node to its operation: those that accept its states, and those that were evaluated to select it.</summary>
    /// <param name="states">The node's states.</param>
    /// <param name="start">Its first byte.</param>
    /// <param name="operation">Its operation.</param>
    /// <param name="bindSlot">The bound value that it is.</param>
    private readonly bool Accept(ReadOnlySpan<ulong> states, int start, ref int operation, ref int bindSlot)
    {
        for (int w = 0; w < states.Length; w++)
        {
            for (ulong accepted = states[w] & _automaton.Accept[w]; accepted != 0; accepted &= accepted - 1)
            {
                if (!_found.Select(_automaton.SelectorOf((w << 6) + BitOperations.TrailingZeroCount(accepted)), ref operation, ref bindSlot))
                    return false;
            }
        }

        if (_evaluated is null || !_evaluated.TryGetValue(start, out List<int>? selectors))
            return true;
        foreach (int selector in selectors)
        {
            if (!_found.Select(selector, ref operation, ref bindSlot))
                return false;
        }

        return true;
    }

    private readonly bool ReadAttributes(ref XmlFrame frame)
    {
        foreach (ref readonly XmlAttributeSite attribute in _tokens.Attributes)
        {
            if (!_agreement.AgreesOnNextAttribute(in _tokens, in attribute))
                return _found.Refuse(RefusalCode.MalformedBody);
            int operation = -1, bindSlot = -1;
            if (!attribute.IsDeclaration && !SelectAttribute(attribute, frame.Edges, ref operation, ref bindSlot))
                return false;
            bool isNil = IsNil(attribute);
            // An expression may have looked at any of them.
            if ((isNil || attribute.IsDeclaration || operation >= 0 || bindSlot >= 0 || _evaluated is not null) && !_agreement.AgreesOnValue(in _tokens, in attribute))
                return _found.Refuse(RefusalCode.MalformedBody);
            frame.IsNil |= isNil;
            if (!AddAttribute(attribute, operation, bindSlot))
                return false;
        }

        return true;
    }

    private readonly bool SelectAttribute(in XmlAttributeSite attribute, XmlEdges edges, ref int operation, ref int bindSlot)
    {
        if ((edges & XmlEdges.Attributes) == 0 && _evaluated is null)
            return true;
        int known = _tokens.Namespaces.KnownOf(attribute.Namespace);
        ReadOnlySpan<byte> name = attribute.Name.Local(_tokens.Xml);
        if (_steps is not null)
        {
            _step[0] = _steps.ToAttribute(_states[_depth + 1], edges, _agreement.LocalName, name, known);
            if (_step[0] == 0 && _evaluated is null)
                return true;
        }
        else
        {
            (int folded, int exact) = (edges & XmlEdges.AttributeNames) == 0 ? (-1, -1) : _automaton.Find(name, _isAscii);
            _automaton.StepToAttribute(States(_depth + 1), folded, exact, known, _step);
        }

        return Accept(_step, attribute.Name.Start, ref operation, ref bindSlot);
    }

    private readonly bool IsNil(in XmlAttributeSite attribute) =>
        attribute.Name.PrefixLength > 0 && attribute.Name.Local(_tokens.Xml).SequenceEqual("nil"u8)
        && _tokens.Namespaces.UriOf(attribute.Namespace) == XmlNamespaces.InstanceUri
        && (XmlText.Trim(_tokens.Xml.Slice(attribute.ValueStart, attribute.ValueLength)) is [(byte)'1'] or [(byte)'t', (byte)'r', (byte)'u', (byte)'e']);

    private readonly bool AddAttribute(in XmlAttributeSite attribute, int operation, int bindSlot)
    {
        if (operation < 0 && bindSlot < 0)
            return true;
        ReadOnlyMemory<byte> value = _found.Body.Slice(attribute.ValueStart, attribute.ValueLength);
        if (!XmlText.IsPlainAttribute(value.Span))
        {
            Memory<byte> decoded = _found.Arena.Take(value.Length);
            int written = 0;
            if (!XmlText.TryDecodeAttribute(value.Span, decoded.Span, ref written))
                return _found.Refuse(RefusalCode.MalformedBody);
            _found.Arena.GiveBack(value.Length - written);
            value = decoded[..written];
        }

        Bind(bindSlot, value, true);
        return operation < 0 || _found.Add(operation, FieldType.String, value, new FieldSite(attribute.ValueStart, attribute.ValueLength, _depth, false, _place | XmlPlace.Attribute));
    }

    private bool CloseElement()
    {
        ref readonly XmlFrame frame = ref _frames[_depth];
        bool closed = true;
        if (!frame.WantsText)
            closed = frame.HasElements || _waiting.Count == 0 || AddWaiting();
        else if (!frame.HasElements)
            closed = AddContent(frame, new FieldSite(frame.ContentStart, _tokens.Start - frame.ContentStart, _depth, false, _place), frame.ContentStart, _tokens.Start);
        else if (frame.BindSlot >= 0)
            Bind(frame.BindSlot, default, false);
        _depth--;
        return closed;
    }

    /// <summary>Adds the value of an element without elements: all of its text is one value, however it is spelled.</summary>
    private readonly bool AddContent(in XmlFrame frame, FieldSite site, int start, int end)
    {
        if (frame.Operation < 0 && frame.BindSlot < 0)
            return _waiting.Count == 0 || AddWaiting();
        if (frame.HasOthers)
            return _found.Refuse(RefusalCode.AmbiguousXml, frame.Operation < 0 ? null : _found.Plan.Operations[frame.Operation].RuleId);
        int operation = frame.Operation, bindSlot = frame.BindSlot;
        if (!AcceptWaiting(ref operation, ref bindSlot) || !TryDecode(start, end, out ReadOnlyMemory<byte> value))
            return false;
        _waiting.Clear();
        bool isNull = frame.IsNil && value.IsEmpty;
        Bind(bindSlot, value, !isNull);
        return operation < 0 || isNull || _found.Add(operation, FieldType.String, value, site);
    }

    /// <summary>The selectors of the texts are those of the whole content too.</summary>
    private readonly bool AcceptWaiting(ref int operation, ref int bindSlot)
    {
        foreach ((int start, _) in _waiting)
        {
            _automaton.StepToText(States(_depth), _step);
            if (!Accept(_step, start, ref operation, ref bindSlot))
                return false;
        }

        return true;
    }

    private readonly bool AddWaiting()
    {
        foreach ((int start, int end) in _waiting)
        {
            if (!AddText(start, end))
                return false;
        }

        _waiting.Clear();
        return true;
    }

    /// <summary>Adds a text for itself: one beside elements, or one that a selector of texts selects. White space between elements is their form.</summary>
    private readonly bool AddText(int start, int end)
    {
        if (!TryDecode(start, end, out ReadOnlyMemory<byte> value))
            return false;
        if (value.IsEmpty || (_frames[_depth].HasElements && XmlText.IsSpace(value.Span)))
            return true;
        int operation = _frames[_depth].Operation, bindSlot = -1;
        _automaton.StepToText(States(_depth), _step);
        if (!Accept(_step, start, ref operation, ref bindSlot))
            return false;
        Bind(bindSlot, value, true);
        return operation < 0 || _found.Add(operation, FieldType.String, value, new FieldSite(start, end - start, _depth, false, _place));
    }

    /// <summary>A name may stand several times in an element; which of the values is bound nobody could say.</summary>
    private readonly void Bind(int slot, ReadOnlyMemory<byte> value, bool isUsable)
    {
        if (slot < 0)
            return;
        _found.Bind(slot, value, isUsable && !_bound[slot]);
        _bound[slot] = true;
    }

    private readonly bool TryDecode(int start, int end, out ReadOnlyMemory<byte> value)
    {
        value = _found.Body[start..end];
        if (XmlText.IsPlainContent(value.Span))
            return true;
        Memory<byte> decoded = _found.Arena.Take(value.Length);
        if (!XmlText.TryDecodeContent(value.Span, decoded.Span, out int written))
            return _found.Refuse(RefusalCode.MalformedBody);
        _found.Arena.GiveBack(value.Length - written);
        value = decoded[..written];
        return true;
    }
}
