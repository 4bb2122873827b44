using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Bodies;

/// <summary>Comparisons (RFC 9535, section 2.3.5.2.2) and patterns (sections 2.4.6 and 2.4.7).</summary>
internal sealed partial class JsonLookAhead
{
    // What it costs to make an automaton of a pattern that the body brings along, in steps.
    private const int PatternSteps = 2000;

    // What it costs to compare 32 more digits of a number or its exponent, in steps.
    private const int DigitSteps = 8;

    private readonly Dictionary<(string Pattern, bool IsWhole), (RegexpError Error, Regex? Regex, int Size)> _patterns = [];

    private bool Compare(FilterValue left, FilterComparison how, FilterValue right) => how switch
    {
        FilterComparison.Equal => AreEqual(left, right),
        FilterComparison.NotEqual => !AreEqual(left, right),
        FilterComparison.Less => IsLess(left, right),
        FilterComparison.LessOrEqual => IsLess(left, right) || AreEqual(left, right),
        FilterComparison.Greater => IsLess(right, left),
        _ => IsLess(right, left) || AreEqual(left, right),
    };

    private bool AreEqual(FilterValue left, FilterValue right)
    {
        if (left.Type != right.Type)
            return false;
        return left.Type switch
        {
            0 => true,
            FieldType.Array or FieldType.Object => AreEqual(left.Node, right.Node),
            _ => TryOrder(left, right, out int order) && order == 0,
        };
    }

    private bool IsLess(FilterValue left, FilterValue right) =>
        left.Type == right.Type && left.Type is FieldType.String or FieldType.Number && TryOrder(left, right, out int order) && order < 0;

    private bool TryOrder(FilterValue left, FilterValue right, out int order)
    {
        order = 0;
        if (!TryRead(left, ref _left, out ReadOnlySpan<byte> first) || !TryRead(right, ref _right, out ReadOnlySpan<byte> second))
            return false;
        // UTF-8 has the order of the code points.
        if (left.Type != FieldType.Number)
            order = first.SequenceCompareTo(second);
        else if (!Spend(((first.Length / 32) + (second.Length / 32)) * DigitSteps))
            return false;
        else if (!JsonNumber.TryCompare(first, second, out order))
            return _found!.Refuse(RefusalCode.SelectorTooCostly);
        return true;
    }

    private bool AreEqual(int left, int right)
    {
        if (!Spend(1) || _tape[left].Kind != _tape[right].Kind)
            return false;
        return _tape[left].Kind switch
        {
            JsonTokenType.StartArray => HaveEqualElements(left, right),
            JsonTokenType.StartObject => HaveEqualMembers(left, right),
            _ => AreEqual(ValueOf(left), ValueOf(right)),
        };
    }

    private bool HaveEqualElements(int left, int right)
    {
        if (_tape[left].Count != _tape[right].Count)
            return false;
        int end = _tape[left].Next;
        for (int a = left + 1, b = right + 1; a < end; a = _tape[a].Next, b = _tape[b].Next)
        {
            if (!AreEqual(a, b))
                return false;
        }

        return true;
    }

    private bool HaveEqualMembers(int left, int right)
    {
        if (!JudgeMembers(left) || !JudgeMembers(right) || _tape[left].Count != _tape[right].Count)
            return false;
        int end = _tape[left].Next, guess = right + 1;
        for (int member = left + 1; member < end; member = _tape[member].Next)
        {
            int other = FindSame(member, right, guess);
            if (other < 0 || !AreEqual(member, other))
                return false;
            guess = _tape[other].Next;
        }

        return true;
    }

    /// <summary>The member of an object that has the name of another object's member; most often it stands in the same place.</summary>
    private int FindSame(int member, int node, int guess)
    {
        int end = _tape[node].Next;
        if (guess < end && HaveSameName(member, guess))
            return guess;
        for (int other = node + 1; other < end && !IsRefused; other = _tape[other].Next)
        {
            if (HaveSameName(member, other))
                return other;
        }

        return -1;
    }

    private bool HaveSameName(int left, int right)
    {
        ref JsonTapeNode a = ref _tape[left], b = ref _tape[right];
        return TryDecode(a.NameStart, a.NameLength, a.IsNameEscaped, ref _left, out ReadOnlySpan<byte> first)
            && TryDecode(b.NameStart, b.NameLength, b.IsNameEscaped, ref _right, out ReadOnlySpan<byte> second) && first.SequenceEqual(second);
    }

    private bool Matches(FilterExpression.Matches matches, int node)
    {
        Regex? regex = matches.Literal;
        int size = 1;
        if (regex is null)
        {
            FilterValue pattern = Evaluate(matches.Pattern, node);
            if (pattern.Type != FieldType.String || !TryRead(pattern, ref _left, out ReadOnlySpan<byte> written)
                || !TryCompile(Encoding.UTF8.GetString(written), matches.IsWhole, out regex, out size))
            {
                return false;
            }
        }

        FilterValue value = Evaluate(matches.Text, node);
        if (value.Type != FieldType.String || !TryRead(value, ref _left, out ReadOnlySpan<byte> text))
            return false;
        return Spend(1 + (int)Math.Min(int.MaxValue - 1, (long)text.Length * size / 16)) && IsMatch(regex!, text);
    }

    private static bool IsMatch(Regex regex, ReadOnlySpan<byte> utf8)
    {
        char[] rented = ArrayPool<char>.Shared.Rent(utf8.Length);
        try
        {
            return regex.IsMatch(rented.AsSpan(0, Encoding.UTF8.GetChars(utf8, rented)));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented, clearArray: true);
        }
    }

    /// <summary>A pattern that stands in the body. One that is no I-Regexp matches nothing (RFC 9535, section 2.4.6); one that is too large is refused.</summary>
    private bool TryCompile(string pattern, bool isWhole, out Regex? regex, out int size)
    {
        if (!_patterns.TryGetValue((pattern, isWhole), out (RegexpError Error, Regex? Regex, int Size) known))
        {
            RegexpError error = Regexp.TryCompile(pattern, isWhole, out regex, out size);
            known = (error, regex, size);
            if (!Spend(PatternSteps + (size * 16)))
                return false;
            _patterns.Add((pattern, isWhole), known);
        }

        (regex, size) = (known.Regex, known.Size);
        if (known.Error == RegexpError.TooLarge)
            return _found!.Refuse(RefusalCode.SelectorTooCostly);
        return known.Error == RegexpError.None;
    }
}
