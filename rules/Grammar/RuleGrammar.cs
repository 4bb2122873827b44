namespace E3.Relay.Rules.Grammar;

/// <summary>The keys of rule files: where each may stand, what its value is, and what it means in a line.</summary>
internal static class RuleGrammar
{
    internal const int RulesMax = 10_000, OperationsMax = 256, SelectorsMax = 256, KeptMax = 255, KeyVersionMax = 1_000_000, SourcesMax = 8, SegmentsMax = 64;

    private const string Name = "^[a-z0-9._-]{1,64}$";

    /// <summary>What stands under <c>path</c> among selectors.</summary>
    internal static MappingShape Segment { get; } = new(
        "'path'",
        new KeyShape("segment", new EitherShape(ValueShape.Number(1, SegmentsMax), ValueShape.List(ValueShape.Number(1, SegmentsMax), SegmentsMax)), "A segment, from 1, or a list of them.") { IsRequired = true });

    private static readonly ValueShape Pass = ValueShape.Words("pass", "refuse"), Incoming = ValueShape.Words("refuse", "verify");
    private static readonly ValueShape Texts = ValueShape.List(ValueShape.Text, int.MaxValue);
    private static readonly ValueShape Selectors = ValueShape.List(ValueShape.Text, SelectorsMax);

    private static readonly KeyShape[] SelectorKeys =
    [
        new("json", ValueShape.List(ValueShape.Like(@"^\$"), SelectorsMax), "JSONPath queries (RFC 9535) into JSON bodies."),
        new("form", Selectors, "Names of fields of form bodies; * at the end for names that begin so."),
        new("multipart", Selectors, "Names of fields and files of multipart/form-data bodies; * at the end for names that begin so."),
        new("xml", Selectors, "XPath 1.0 expressions into XML bodies."),
        new("text", Selectors, "Regular expressions into texts and tables; the group named 'value' is selected."),
        new("query", Selectors, "Names in the query of the request; * at the end for names that begin so."),
        new("header", Selectors, "Names of header fields; * at the end for names that begin so."),
        new("cookie", Selectors, "Names of cookies; * at the end for names that begin so."),
        new("path", Segment, "Segments of the request's path."),
        new("body", ValueShape.Boolean, "decrypt in responses: the whole body, when it is a sealed file."),
        new("tokens", ValueShape.Boolean, "decrypt only: every token that stands anywhere in a body."),
    ];

    private static readonly KeyShape Namespaces = new("namespaces", new FreeMappingShape(ValueShape.Text), "Namespaces by the prefix that XPath selectors name them by.");

    private static readonly KeyShape[] MaskKeys =
    [
        new("first", ValueShape.Number(0, KeptMax), "How many characters stay at the start; none when not given."),
        new("last", ValueShape.Number(0, KeptMax), "How many characters stay at the end; none when not given."),
        new("with", ValueShape.Text, "The character that stands for a hidden one; * when not given."),
    ];

    private static readonly KeyShape[] RedactKeys = [new("with", ValueShape.Text, "The text in place of the value; [redacted] when not given.")];

    private static readonly string[] LaterSelectors = ["format", "accept"];

    /// <summary>The form of a mask, as <c>else</c> has it.</summary>
    internal static MappingShape Mask { get; } = new("'mask' of 'else'", MaskKeys);

    /// <summary>The text of a redaction, as <c>else</c> has it.</summary>
    internal static MappingShape Redact { get; } = new("'redact' of 'else'", RedactKeys);

    internal static MappingShape Else { get; } = new(
        "'else'",
        new KeyShape("mask", Mask, "Hides all but a few characters."),
        new KeyShape("redact", Redact, "Writes a fixed text in place of the value."));

    internal static MappingShape Preserve { get; } = new(
        "'preserve'",
        new KeyShape("alphabet", ValueShape.Words("digits", "lower", "upper", "alphanumeric"), "The characters of the values.") { IsRequired = true },
        new KeyShape("first", ValueShape.Number(0, KeptMax), "How many characters stay as they are at the start."),
        new KeyShape("last", ValueShape.Number(0, KeptMax), "How many characters stay as they are at the end."),
        new KeyShape("luhn", ValueShape.Boolean, "Value and result carry a valid check digit, as card numbers do."),
        new KeyShape("key", ValueShape.Number(1, KeyVersionMax), "The version of the key, from 1; rotation does not move it.") { IsRequired = true });

    internal static MappingShape Operation { get; } = new(
        "an operation",
        [
            new("encrypt", SelectorsOf("encrypt"), "Values become tokens."),
            new("decrypt", SelectorsOf("decrypt"), "Tokens become their values again, with their types."),
            new("mask", SelectorsOf("mask", MaskKeys), "Values, or what tokens hold, are hidden but for a few characters."),
            new("rewrap", SelectorsOf("rewrap"), "Tokens become tokens under the newest key."),
            new("hash", SelectorsOf("hash"), "Values become keyed hashes."),
            new("redact", SelectorsOf("redact", RedactKeys), "Values become a fixed text."),
            new("role", ValueShape.Like(Name), "The role whose key is used."),
            new("bind", ValueShape.List(ValueShape.Like("^(path:|json:|xml:|query:|header:|claim:)"), SourcesMax), "A token opens only under the same values of these: path:N, json:$.name, xml:/name, query:NAME, header:NAME, claim:TYPE."),
            new("required", Texts, "Selectors of this operation that must select something."),
            new("incoming", Incoming, "What encrypt does with a value that looks like a token."),
            new("strict", ValueShape.Boolean, "A value that is no token refuses the message."),
            new("onError", ValueShape.Words("leave", "fail"), "What becomes of a token that does not open, in a response."),
            new("encryptEmpty", ValueShape.Boolean, "Whether the empty string is encrypted; true when not given."),
            new("deterministic", ValueShape.Boolean, "Equal values become equal tokens."),
            new("preserve", Preserve, "Values become values of the same length and alphabet; the same words on decrypt undo it."),
            new("whole", ValueShape.Boolean, "A selected object or array becomes one token."),
            new("trusted", ValueShape.Text, "Why nobody can write a token where `tokens: true` finds one, in place of a context."),
            new("for", new FreeMappingShape(new EitherShape(ValueShape.Text, Texts)), "Whom the operation is for: claims of the caller, such as scope: cards.read."),
            new("else", new EitherShape(ValueShape.Words("leave", "refuse"), Else), "What callers get for whom the operation is not."),
        ])
    {
        OneOf = ["encrypt", "decrypt", "mask", "rewrap", "hash", "redact"],
        Later = ["format", "accept", "tokens"],
    };

    internal static MappingShape Match { get; } = new(
        "'match'",
        new KeyShape("hosts", Texts, "Host names, without scheme and port; any when not given."),
        new KeyShape("methods", Texts, "Methods; any when not given."),
        new KeyShape("path", ValueShape.Like("^/"), "A pattern of whole segments: * is one of them, ** zero or more.") { IsRequired = true });

    internal static MappingShape Rule { get; } = new(
        "a rule",
        new KeyShape("id", ValueShape.Like(Name), "The rule's name, unique over all files.") { IsRequired = true },
        new KeyShape("match", Match, "The requests that the rule is for.") { IsRequired = true },
        new KeyShape("unmatched", Pass, "Whether a body may pass with a method that the rule does not name."),
        new KeyShape("otherTypes", Pass, "Whether a body may pass whose content type the rule has no selector for."),
        new KeyShape("incoming", Incoming, "What the encrypt operations of the rule do with a value that looks like a token."),
        new KeyShape("names", ValueShape.Words("exact"), "Names are compared byte by byte."),
        Namespaces,
        new KeyShape("mode", ValueShape.Words("observe"), "The rule reports what it would do, and does nothing."),
        new KeyShape("until", ValueShape.Like(@"^\d{4}-\d{2}-\d{2}$"), "The last day on which the rule only observes."),
        new KeyShape("cache", ValueShape.Words("keep"), "Responses keep their caching headers."),
        new KeyShape("large", ValueShape.Words("stream"), "Bodies over the limit are changed while they pass."),
        new KeyShape("coding", ValueShape.Words("keep"), "Bodies with decrypted values are compressed again as they came."),
        new KeyShape("request", ValueShape.List(Operation, OperationsMax), "Operations on requests, in order."),
        new KeyShape("response", ValueShape.List(Operation, OperationsMax), "Operations on responses, in order."),
        new KeyShape("examples", ValueShape.List(ExampleGrammar.Example, int.MaxValue), "Tests for the author, run by `rules test`."))
    {
        AnyOf = ["request", "response"],
        Later = ["accept", "trusted"],
    };

    internal static MappingShape File { get; } = new(
        "a rule file",
        new KeyShape("app", ValueShape.Like(Name), "The app whose keys are used.") { IsRequired = true },
        new KeyShape("unmatched", Pass, "Whether a body may pass on a path that no rule is for."),
        Namespaces,
        new KeyShape("rules", new ListShape(Rule, 0, RulesMax), "The rules.") { IsRequired = true })
    {
        Later = ["accept"],
    };

    /// <summary>What stands under the name of an operation.</summary>
    internal static MappingShape UnderOperation(string name) => (MappingShape)Operation.Of(name);

    private static MappingShape SelectorsOf(string operation, params KeyShape[] more) => new($"'{operation}'", [.. SelectorKeys, .. more]) { AnyOf = [.. SelectorKeys.Select(key => key.Name)], Later = LaterSelectors };
}
