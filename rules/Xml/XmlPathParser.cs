using System.Diagnostics.CodeAnalysis;
using System.Xml;
using System.Xml.XPath;
using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Xml;

/// <summary>
/// Reads XPath 1.0. Paths from the root of child, descendant and attribute steps with name tests, and <c>text()</c> at the end, become steps;
/// every other expression that selects nodes is compiled by the platform and evaluated over the whole document.
/// </summary>
internal ref struct XmlPathParser
{
    private readonly ReadOnlySpan<char> _text;
    private readonly IReadOnlyDictionary<string, string> _namespaces;
    private int _at;

    private XmlPathParser(ReadOnlySpan<char> text, IReadOnlyDictionary<string, string> namespaces)
    {
        _text = text;
        _namespaces = namespaces;
    }

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="namespaces">Namespaces by prefix.</param>
    /// <param name="path">The expression.</param>
    /// <param name="error">What is wrong with it.</param>
    internal static bool TryParse(
        string text, IReadOnlyDictionary<string, string> namespaces, [NotNullWhen(true)] out XmlPath? path, [NotNullWhen(false)] out SelectorError? error)
    {
        (path, error) = (null, null);
        if (!text.StartsWith('/') && !text.StartsWith('('))
            error = new SelectorError(1, false, "a path begins at the root; write /name, or //name for any depth");
        else if (!TryCompile(text, namespaces, out XPathExpression? expression, out error))
            return false;
        else
            path = Make(text, namespaces, expression, ref error);
        return path is not null;
    }

    private static XmlPath? Make(string text, IReadOnlyDictionary<string, string> namespaces, XPathExpression expression, ref SelectorError? error)
    {
        XmlPathParser parser = new(text, namespaces);
        List<IReadOnlyList<XmlPathStep>>? alternatives = parser.ReadUnion();
        if (parser.SelectsNoValues())
            error = new SelectorError(1, false, "a declaration of a namespace, a comment or a processing instruction is no value");
        // Only an element has attributes and texts that can be selected.
        if (alternatives?.Any(steps => steps is [{ Kind: not XmlPathStepKind.Element, Descends: false }]) == true)
            error = new SelectorError(1, false, "the root itself has no attribute and no text; name an element first");
        return error is null ? new XmlPath(text, alternatives ?? [], alternatives is null ? expression : null, [.. namespaces.Values.Distinct()]) : null;
    }

    /// <summary>Whether the expression ends at nodes that hold no values, however much white space is in it.</summary>
    private readonly bool SelectsNoValues()
    {
        string squeezed = string.Concat(_text.ToString().Where(c => !" \t\r\n".Contains(c, StringComparison.Ordinal)));
        int instruction = squeezed.LastIndexOf("processing-instruction(", StringComparison.Ordinal);
        return squeezed.Contains("namespace::", StringComparison.Ordinal) || squeezed.EndsWith("/comment()", StringComparison.Ordinal)
            || (instruction > 0 && squeezed[instruction - 1] == '/' && squeezed.IndexOf(')', instruction) == squeezed.Length - 1);
    }

    /// <summary>The platform judges the syntax of every expression, so that both readings are of the same language.</summary>
    private static bool TryCompile(
        string text, IReadOnlyDictionary<string, string> namespaces, [NotNullWhen(true)] out XPathExpression? expression, [NotNullWhen(false)] out SelectorError? error)
    {
        (expression, error) = (null, null);
        XmlNamespaceManager manager = new(new NameTable());
        foreach ((string prefix, string uri) in namespaces)
            manager.AddNamespace(prefix, uri);
        try
        {
            expression = XPathExpression.Compile(text, manager);
            if (expression.ReturnType == XPathResultType.NodeSet)
                return true;
            error = new SelectorError(1, false, "the expression selects no nodes, it makes a value of them");
        }
        catch (Exception e) when (e is XPathException or XmlException or ArgumentException)
        {
            error = new SelectorError(1, false, $"no XPath 1.0 with the namespaces that are declared here: {e.Message}");
        }

        expression = null;
        return false;
    }

    /// <summary>Null when one pass cannot decide it.</summary>
    private List<IReadOnlyList<XmlPathStep>>? ReadUnion()
    {
        List<IReadOnlyList<XmlPathStep>> paths = [];
        do
        {
            if (ReadPath() is not { } path)
                return null;
            paths.Add(path);
        }
        while (Take("|"));
        return _at == _text.Length ? paths : null;
    }

    private List<XmlPathStep>? ReadPath()
    {
        List<XmlPathStep> steps = [];
        bool descends = Take("//");
        if (!descends && !Take("/"))
            return null;
        // The document is its root element, as far as values are concerned.
        if (!descends && (_at == _text.Length || _text[_at] == '|'))
            return [new XmlPathStep(false, XmlPathStepKind.Element, null, null)];
        while (ReadStep(descends) is { } step)
        {
            steps.Add(step);
            descends = Take("//");
            if (!descends && !Take("/"))
                return steps;
            if (step.Kind != XmlPathStepKind.Element)
                return null;
        }

        return null;
    }

    private XmlPathStep? ReadStep(bool descends)
    {
        bool isAttribute = Take("@") || TakeAxis("attribute");
        // After // a descendant of a descendant is just that.
        descends |= !isAttribute && TakeAxis("descendant");
        if (!isAttribute)
            TakeAxis("child");
        XmlPathStepKind kind = isAttribute ? XmlPathStepKind.Attribute : XmlPathStepKind.Element;
        if (Take("*"))
            return new XmlPathStep(descends, kind, null, null);
        string first = TakeName();
        if (first.Length == 0)
            return null;
        if (Take("("))
            return first == "text" && !isAttribute && Take(")") ? new XmlPathStep(descends, XmlPathStepKind.Text, null, null) : null;
        if (_at < _text.Length && _text[_at] == ':')
            return ReadQualified(descends, kind, first);
        return new XmlPathStep(descends, kind, "", first);
    }

    private XmlPathStep? ReadQualified(bool descends, XmlPathStepKind kind, string prefix)
    {
        _at++;
        string? uri = prefix == "xml" ? XmlNamespaces.XmlUri : _namespaces.GetValueOrDefault(prefix);
        if (uri is null)
            return null;
        if (Take("*"))
            return new XmlPathStep(descends, kind, uri, null);
        string name = TakeName();
        return name.Length == 0 ? null : new XmlPathStep(descends, kind, uri, name);
    }

    private bool TakeAxis(string name)
    {
        int before = _at;
        if (Take(name) && Take("::"))
            return true;
        _at = before;
        return false;
    }

    private bool Take(string token)
    {
        SkipSpace();
        if (!_text[_at..].StartsWith(token))
            return false;
        _at += token.Length;
        SkipSpace();
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\n' or '\r')
            _at++;
    }

    /// <summary>No white space is skipped after it: around the colon of a name there is none.</summary>
    private string TakeName()
    {
        int start = _at;
        if (_at < _text.Length && !XmlConvert.IsStartNCNameChar(_text[_at]) && !char.IsSurrogate(_text[_at]))
            return "";
        while (_at < _text.Length && (XmlConvert.IsNCNameChar(_text[_at]) || char.IsSurrogate(_text[_at])))
            _at++;
        return _text[start.._at].ToString();
    }
}
