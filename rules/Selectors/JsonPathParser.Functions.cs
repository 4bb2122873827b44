using System.Text.RegularExpressions;

namespace E3.Relay.Rules.Selectors;

/// <summary>The functions and their types (RFC 9535, section 2.4).</summary>
internal ref partial struct JsonPathParser
{
    private Argument? ParseFunction(string name, int start)
    {
        if (name is not ("length" or "count" or "value" or "match" or "search"))
        {
            _at = start;
            return Nothing("unknown function; there are length, count, value, match and search");
        }

        if (++_nesting > NestingMax)
            return Nothing("filters, parentheses and functions nest deeper than 16");
        if (ParseArguments() is not { } arguments)
            return null;
        _nesting--;
        int wanted = name is "match" or "search" ? 2 : 1;
        if (arguments.Count == wanted)
            return Apply(name, arguments);
        _at = start;
        return Nothing(wanted == 1 ? $"{name} takes one argument" : $"{name} takes two arguments: a text and a pattern");
    }

    private List<(Argument Argument, int Start)>? ParseArguments()
    {
        List<(Argument, int)> arguments = [];
        _at++;
        SkipBlanks();
        while (Peek != ')')
        {
            if (arguments.Count > 0)
            {
                if (Peek != ',')
                {
                    Fail("wants , or ) here");
                    return null;
                }

                _at++;
                SkipBlanks();
            }

            int start = _at;
            if (ParseArgument() is not { } argument)
                return null;
            arguments.Add((argument, start));
            SkipBlanks();
        }

        _at++;
        return arguments;
    }

    private Argument? Apply(string name, List<(Argument Argument, int Start)> arguments)
    {
        (Argument first, int start) = arguments[0];
        if (name is "count" or "value")
        {
            if (first.Query is { } query)
                return new Argument { IsFunction = true, Value = name == "count" ? new FilterOperand.Count(query) : new FilterOperand.Only(query) };
            _at = start;
            return Nothing($"{name} takes a query");
        }

        if (AsValue(first, start) is not { } text)
            return null;
        if (name == "length")
            return new Argument { IsFunction = true, Value = new FilterOperand.Length(text) };
        return AsValue(arguments[1].Argument, arguments[1].Start) is { } pattern ? ApplyPattern(text, pattern, arguments[1].Start, name == "match") : null;
    }

    private Argument? ApplyPattern(FilterOperand text, FilterOperand pattern, int start, bool isWhole)
    {
        Regex? literal = null;
        if (pattern is FilterOperand.Literal { Type: FieldType.String } written)
        {
            RegexpError error = Regexp.TryCompile(written.Text, isWhole, out literal, out _);
            if (error != RegexpError.None)
            {
                _at = start;
                return Nothing(error == RegexpError.TooLarge ? "the pattern is too large" : "the pattern is no I-Regexp (RFC 9485)");
            }
        }

        return new Argument { IsFunction = true, Test = new FilterExpression.Matches(text, pattern, isWhole) { Literal = literal } };
    }
}
