using System.Diagnostics.CodeAnalysis;
using E3.Relay.Rules.Grammar;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads the keys of one mapping. Repeated and unknown keys are reported at once, wrong types where they are read.</summary>
internal sealed class MappingReader
{
    private readonly Dictionary<string, DocumentNode> _values = new(StringComparer.Ordinal);
    private readonly MappingNode _node;
    private readonly ProblemList _problems;
    private readonly MappingShape? _shape;

    /// <summary>Judges the keys of a mapping of the language.</summary>
    internal MappingReader(MappingNode node, MappingShape shape, ProblemList problems)
        : this(node, shape.What, shape.Names, shape.Later, problems) => _shape = shape;

    /// <summary>Judges the keys.</summary>
    /// <param name="node">The mapping.</param>
    /// <param name="what">What the mapping is, for messages.</param>
    /// <param name="known">The keys that may stand here.</param>
    /// <param name="unsupported">Keys of the language that this version does not have.</param>
    /// <param name="problems">Receives the problems.</param>
    internal MappingReader(MappingNode node, string what, ReadOnlySpan<string> known, ReadOnlySpan<string> unsupported, ProblemList problems)
    {
        (_node, _problems) = (node, problems);
        foreach ((ScalarNode key, DocumentNode value) in node.Entries)
        {
            if (!_values.TryAdd(key.Value, value))
                problems.Add(key, RuleProblemCode.DuplicateKey, $"'{key.Value}' stands twice in {what}; remove one, or put both into one list");
            else if (unsupported.Contains(key.Value))
                problems.Add(key, RuleProblemCode.NotSupported, $"'{key.Value}' is not supported by this version; remove it");
            else if (!known.Contains(key.Value))
                problems.Add(key, RuleProblemCode.UnknownKey, $"'{key.Value}' is no key of {what};{Spelling.Suggest(key.Value, known)} it may have {string.Join(", ", known)}");
        }
    }

    internal bool Has(string key) => _values.ContainsKey(key);

    internal bool TryGet(string key, [NotNullWhen(true)] out DocumentNode? value) => _values.TryGetValue(key, out value);

    internal DocumentNode? Required(string key, string message)
    {
        if (!_values.TryGetValue(key, out DocumentNode? value))
            _problems.Add(_node, RuleProblemCode.MissingKey, $"'{key}' is missing; {message}");
        return value;
    }

    internal string? Text(string key) => _values.TryGetValue(key, out DocumentNode? node) ? AsText(node, key)?.Value : null;

    internal ScalarNode? AsText(DocumentNode node, string what)
    {
        if (node is ScalarNode { IsNull: false } scalar && (scalar.Value.Length > 0 || !scalar.IsPlain))
            return scalar;
        return Wrong<ScalarNode>(node, what, "text");
    }

    internal MappingNode? Mapping(string key) => !_values.TryGetValue(key, out DocumentNode? node) ? null
        : node as MappingNode ?? Wrong<MappingNode>(node, key, "a mapping");

    internal SequenceNode? List(string key) => !_values.TryGetValue(key, out DocumentNode? node) ? null
        : node as SequenceNode ?? Wrong<SequenceNode>(node, key, "a list");

    /// <summary>A list of texts, not empty; null when the key is not there or is wrong.</summary>
    internal List<ScalarNode>? Texts(string key)
    {
        if (List(key) is not { } list)
            return null;
        if (list.Items.Count == 0)
            _problems.Add(list, RuleProblemCode.InvalidValue, $"'{key}' is an empty list; leave the key out, or name something");
        List<ScalarNode> texts = [];
        foreach (DocumentNode item in list.Items)
        {
            if (AsText(item, $"each of '{key}'") is { } text)
                texts.Add(text);
        }

        return texts;
    }

    internal bool? Boolean(string key)
    {
        if (!_values.TryGetValue(key, out DocumentNode? node))
            return null;
        if (node is ScalarNode { IsPlain: true, Value: "true" or "false" } scalar)
            return scalar.Value == "true";
        Wrong<ScalarNode>(node, key, "true or false");
        return null;
    }

    /// <summary>A whole number, within what the language says of the key.</summary>
    internal int? Integer(string key) => Integer(key, Shape<NumberShape>(key).Min, Shape<NumberShape>(key).Max);

    internal int? Integer(string key, int min, int max)
    {
        if (!_values.TryGetValue(key, out DocumentNode? node))
            return null;
        if (node is ScalarNode { IsPlain: true } scalar
            && int.TryParse(scalar.Value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number))
        {
            if (number >= min && number <= max)
                return number;
            _problems.Add(node, RuleProblemCode.InvalidValue, number < min ? $"'{key}' is at least {min}" : $"'{key}' is at most {max}");
            return null;
        }

        Wrong<ScalarNode>(node, key, "a whole number from 0");
        return null;
    }

    /// <summary>One of the words that the language has for the key; null when the key is not there or is wrong.</summary>
    internal string? Word(string key) => Word(key, Shape<WordShape>(key).Options);

    /// <summary>One of some words; null when the key is not there or is wrong.</summary>
    internal string? Word(string key, params ReadOnlySpan<string> words)
    {
        if (Text(key) is not { } text)
            return null;
        if (words.Contains(text))
            return text;
        _problems.Add(_values[key], RuleProblemCode.InvalidValue, $"'{key}' is '{text}';{Spelling.Suggest(text, words)} it may be {string.Join(" or ", words)}");
        return null;
    }

    private TShape Shape<TShape>(string key)
        where TShape : ValueShape =>
        _shape?.Of(key) as TShape ?? throw new ArgumentOutOfRangeException(nameof(key), key, "the language says something else of the key");

    private T? Wrong<T>(DocumentNode node, string what, string wanted)
        where T : class
    {
        string name = what.Contains('\'', StringComparison.Ordinal) ? what : $"'{what}'";
        _problems.Add(node, RuleProblemCode.WrongType, $"{name} wants {wanted} and has {node.Kind}");
        return null;
    }
}
