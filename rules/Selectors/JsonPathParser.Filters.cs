using System.Diagnostics.CodeAnalysis;

namespace E3.Relay.Rules.Selectors;

/// <summary>Filters (RFC 9535, sections 2.3.5 and 2.4).</summary>
internal ref partial struct JsonPathParser
{
    private const int NestingMax = 16;

    private bool TryParseFilter([NotNullWhen(true)] out JsonPathStep? step)
    {
        step = null;
        _at++;
        SkipBlanks();
        if (ParseAny() is not { } filter)
            return false;
        step = JsonPathStep.ForFilter(filter);
        return true;
    }

    private FilterExpression? ParseAny()
    {
        if (++_nesting > NestingMax)
            return None("filters, parentheses and functions nest deeper than 16");
        List<FilterExpression> terms = [];
        do
        {
            if (ParseAll() is not { } term)
                return null;
            terms.Add(term);
        }
        while (TakeOperator("||"));
        _nesting--;
        return terms is [FilterExpression only] ? only : new FilterExpression.Any(terms);
    }

    private FilterExpression? ParseAll()
    {
        List<FilterExpression> terms = [];
        do
        {
            if (ParseBasic() is not { } term)
                return null;
            terms.Add(term);
        }
        while (TakeOperator("&&"));
        return terms is [FilterExpression only] ? only : new FilterExpression.All(terms);
    }

    /// <summary>Takes an operator and the blanks around it; takes nothing when another text follows the blanks.</summary>
    private bool TakeOperator(string text)
    {
        int start = _at;
        SkipBlanks();
        if (!_text[_at..].StartsWith(text, StringComparison.Ordinal))
        {
            _at = start;
            return false;
        }

        _at += text.Length;
        SkipBlanks();
        return true;
    }

    private FilterExpression? ParseBasic()
    {
        if (Peek == '!')
        {
            _at++;
            SkipBlanks();
            FilterExpression? negated = Peek == '(' ? ParseParentheses() : ParseTest();
            return negated is null ? null : new FilterExpression.Not(negated);
        }

        if (Peek == '(')
            return ParseParentheses();
        int start = _at;
        if (ParseArgument() is not { } left)
            return null;
        return TakeComparison() is { } how ? ParseComparison(left, start, how) : AsTest(left, start);
    }

    private FilterExpression? ParseParentheses()
    {
        _at++;
        SkipBlanks();
        if (ParseAny() is not { } inner)
            return null;
        SkipBlanks();
        if (Peek != ')')
            return None("wants ), && or || here");
        _at++;
        return inner;
    }

    private FilterExpression? ParseTest()
    {
        int start = _at;
        return ParseArgument() is { } argument ? AsTest(argument, start) : null;
    }

    private FilterExpression? AsTest(Argument argument, int start)
    {
        if (argument.Test is { } test)
            return test;
        if (argument.Query is { } query)
            return new FilterExpression.Exists(query);
        _at = start;
        return None(argument.IsFunction ? "the function gives a value; compare it with another" : "a literal alone is no test; compare it with something");
    }

    private FilterExpression? ParseComparison(Argument left, int start, FilterComparison how)
    {
        if (AsValue(left, start) is not { } first)
            return null;
        int second = _at;
        if (ParseArgument() is not { } right || AsValue(right, second) is not { } value)
            return null;
        return new FilterExpression.Compares(first, how, value);
    }

    private FilterOperand? AsValue(Argument argument, int start)
    {
        if (argument.Value is { } value)
            return value;
        _at = start;
        Fail(argument.Test is not null ? "the function is a test and gives no value" : "wants a query that selects at most one value: names and indices alone");
        return null;
    }

    private FilterComparison? TakeComparison()
    {
        foreach ((string text, FilterComparison how) in (ReadOnlySpan<(string, FilterComparison)>)
            [("==", FilterComparison.Equal), ("!=", FilterComparison.NotEqual), ("<=", FilterComparison.LessOrEqual), (">=", FilterComparison.GreaterOrEqual), ("<", FilterComparison.Less), (">", FilterComparison.Greater)])
        {
            if (TakeOperator(text))
                return how;
        }

        return null;
    }

    /// <summary>A literal, a query or a function: what stands on a side of a comparison, is a test, or goes into a function.</summary>
    private Argument? ParseArgument() => Peek switch
    {
        '@' or '$' => ParseQuery(),
        '\'' or '"' => TryParseQuoted(out string? text) ? new Argument { Value = new FilterOperand.Literal(FieldType.String, text) } : null,
        '-' or (>= '0' and <= '9') => ParseNumber(),
        >= 'a' and <= 'z' => ParseWord(),
        _ => Nothing("wants @, $, a literal or a function here"),
    };

    private Argument? ParseQuery()
    {
        if (++_nesting > NestingMax)
            return Nothing("filters, parentheses and functions nest deeper than 16");
        bool isAbsolute = Peek == '$';
        _at++;
        List<JsonPathSegment> segments = [];
        while (true)
        {
            int end = _at;
            SkipBlanks();
            if (Peek is not ('.' or '['))
            {
                _at = end;
                break;
            }

            if (ParseSegment() is not { } segment)
                return null;
            segments.Add(segment);
        }

        _nesting--;
        FilterQuery query = new(isAbsolute, segments);
        return new Argument { Query = query, Value = query.IsSingular ? new FilterOperand.Selected(query) : null };
    }

    /// <summary>RFC 9535, section 2.3.5.1: as JSON's numbers.</summary>
    private Argument? ParseNumber()
    {
        int start = _at;
        while (Peek is (>= '0' and <= '9') or '-' or '+' or '.' or 'e' or 'E')
            _at++;
        string text = _text[start.._at].ToString();
        if (Bodies.JsonText.IsNumber(System.Text.Encoding.ASCII.GetBytes(text)))
            return new Argument { Value = new FilterOperand.Literal(FieldType.Number, text) };
        _at = start;
        return Nothing("wants a number as JSON writes it");
    }

    private Argument? ParseWord()
    {
        int start = _at;
        while (Peek is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_')
            _at++;
        string word = _text[start.._at].ToString();
        if (Peek == '(')
            return ParseFunction(word, start);
        if (word is "true" or "false")
            return new Argument { Value = new FilterOperand.Literal(FieldType.Boolean, word) };
        if (word is "null")
            return new Argument { Value = new FilterOperand.Literal(FieldType.Null, word) };
        _at = start;
        return Nothing("wants a literal (true, false, null, a number, a text in quotes) or a function with its ( right after the name");
    }

    private FilterExpression? None(string reason)
    {
        Fail(reason);
        return null;
    }

    private Argument? Nothing(string reason)
    {
        Fail(reason);
        return null;
    }

    /// <summary>What was read, as each of the things that it can stand for.</summary>
    private sealed class Argument
    {
        internal FilterOperand? Value { get; init; }

        internal FilterQuery? Query { get; init; }

        internal FilterExpression? Test { get; init; }

        internal bool IsFunction { get; init; }
    }
}
