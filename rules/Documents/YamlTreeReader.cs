using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads one YAML document into nodes. Anchors, aliases, tags, keys that are no scalars and further documents are refused: rule files have no use for them.</summary>
internal sealed class YamlTreeReader(ProblemList problems)
{
    private const int DepthMax = 16;

    private IParser _parser = null!;

    private ParsingEvent Current => _parser.Current ?? throw new YamlException("the text ends within a value");

    /// <summary>The root node; null when the file could not be read as YAML, which is then among the problems.</summary>
    internal DocumentNode? Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > RuleSource.BytesMax)
            return Refuse(1, 1, RuleProblemCode.LimitExceeded, "the file is larger than 1 MiB; split it");
        if (!System.Text.Unicode.Utf8.IsValid(utf8))
            return Refuse(1, 1, RuleProblemCode.MalformedYaml, "the file is not UTF-8; save it as UTF-8");
        try
        {
            _parser = new Parser(new StringReader(System.Text.Encoding.UTF8.GetString(utf8)));
            return ReadStream();
        }
        catch (YamlException e)
        {
            return Refuse((int)Math.Max(e.Start.Line, 1), (int)Math.Max(e.Start.Column, 1), RuleProblemCode.MalformedYaml, "not valid YAML: " + Reason(e));
        }
        catch (Exception e) when (IsScannerFailure(e))
        {
            Mark at = _parser.Current?.End ?? new Mark(0, 1, 1);
            return Refuse((int)at.Line, (int)at.Column, RuleProblemCode.MalformedYaml, "not valid YAML after this place; look for a quote or bracket that is not closed");
        }
    }

    /// <summary>The scanner reports some malformed text by the exceptions of its own collections.</summary>
    private static bool IsScannerFailure(Exception e) => e is InvalidOperationException or ArgumentException or FormatException or OverflowException or IndexOutOfRangeException;

    private static string Reason(YamlException e) =>
        (e.InnerException?.Message ?? e.Message).TrimEnd('.') + "; a value that begins with $, *, &, @ or [ may want quotes";

    private DocumentNode? ReadStream()
    {
        _parser.MoveNext();
        _parser.MoveNext();
        if (Current is StreamEnd)
            return Refuse(1, 1, RuleProblemCode.MissingKey, "the file is empty; it wants app and rules");
        _parser.MoveNext();
        DocumentNode? root = ReadNode(0);
        if (root is null)
            return null;
        _parser.MoveNext();
        if (Current is DocumentStart second)
            return Refuse(second, "a second document begins here; put each in its own file");
        return root;
    }

    /// <summary>Reads the node at the current event and moves past it.</summary>
    private DocumentNode? ReadNode(int depth)
    {
        ParsingEvent current = Current;
        if (current is AnchorAlias)
            return Refuse(current, "aliases (*name) are not used in rule files; write the value out, or put a value that begins with * in quotes");
        if (current is NodeEvent { Anchor.IsEmpty: false })
            return Refuse(current, "anchors (&name) are not used in rule files");
        if (current is NodeEvent { Tag.IsEmpty: false })
            return Refuse(current, "tags (!name) are not used in rule files");
        if (depth > DepthMax)
            return Refuse((int)current.Start.Line, (int)current.Start.Column, RuleProblemCode.LimitExceeded, "nested deeper than any rule is");
        _parser.MoveNext();
        return current switch
        {
            Scalar scalar => new ScalarNode((int)scalar.Start.Line, (int)scalar.Start.Column, scalar.Value, scalar.Style == ScalarStyle.Plain),
            SequenceStart => ReadSequence(current, depth),
            _ => ReadMapping(current, depth),
        };
    }

    private SequenceNode? ReadSequence(ParsingEvent start, int depth)
    {
        SequenceNode sequence = new((int)start.Start.Line, (int)start.Start.Column);
        while (Current is not SequenceEnd)
        {
            if (ReadNode(depth + 1) is not { } item)
                return null;
            sequence.Items.Add(item);
        }

        _parser.MoveNext();
        return sequence;
    }

    private MappingNode? ReadMapping(ParsingEvent start, int depth)
    {
        MappingNode mapping = new((int)start.Start.Line, (int)start.Start.Column);
        while (Current is not MappingEnd)
        {
            ParsingEvent at = Current;
            DocumentNode? key = ReadNode(depth + 1);
            if (key is not (null or ScalarNode))
                Refuse(at, "a key must be a single word");
            if (key is not ScalarNode name || ReadNode(depth + 1) is not { } value)
                return null;
            mapping.Entries.Add(new(name, value));
        }

        _parser.MoveNext();
        return mapping;
    }

    private DocumentNode? Refuse(ParsingEvent at, string message) =>
        Refuse((int)at.Start.Line, (int)at.Start.Column, RuleProblemCode.MalformedYaml, message);

    private DocumentNode? Refuse(int line, int column, RuleProblemCode code, string message)
    {
        problems.Add(line, column, code, message);
        return null;
    }
}
