namespace E3.Relay.Rules.Grammar;

/// <summary>The keys of examples.</summary>
internal static class ExampleGrammar
{
    internal const int StatusMax = 599;

    /// <summary>What may become of a field.</summary>
    internal static readonly string[] Outcomes = ["encrypted", "decrypted", "masked", "hashed", "redacted", "preserved", "rewrapped", "unchanged", "absent"];

    /// <summary>The parts of a message whose fields an example may speak of.</summary>
    internal static readonly string[] Places = ["json", "form", "multipart", "xml", "query", "header", "cookie", "path"];

    private static readonly ValueShape Pairs = new FreeMappingShape(new EitherShape(ValueShape.Text, ValueShape.List(ValueShape.Text, int.MaxValue)));

    internal static MappingShape Exact { get; } = new("an exact value", new KeyShape("equals", ValueShape.Text, "The exact value afterwards; in quotes when it is a string.") { IsRequired = true });

    private static ValueShape Fields { get; } = new FreeMappingShape(new EitherShape(ValueShape.Words(Outcomes), Exact));

    internal static MappingShape Send { get; } = new("'send'", MessageKeys());

    internal static MappingShape Receive { get; } = new("'receive'", [.. MessageKeys(), new("status", ValueShape.Number(100, StatusMax), "The response's status; 200 when not given.")]);

    internal static MappingShape Expect { get; } = new(
        "'expect'",
        [
            new("status", ValueShape.Number(100, StatusMax), "The status of the refusal, or of the response."),
            new("code", ValueShape.Text, "The code of the refusal, such as required-missing."),
            new("body", ValueShape.Text, "The whole body afterwards, each token written as {{token: VALUE}}."),
            .. Places.Select(place => new KeyShape(place, Fields, $"What becomes of fields, by {place} selector.")),
        ]);

    internal static MappingShape Example { get; } = new(
        "an example",
        new KeyShape("name", ValueShape.Text, "What the example shows."),
        new KeyShape("send", Send, "A request."),
        new KeyShape("receive", Receive, "A response of the upstream."),
        new KeyShape("expect", Expect, "What is expected of the response when there is one, else of the request.") { IsRequired = true })
    {
        AnyOf = ["send", "receive"],
    };

    private static KeyShape[] MessageKeys() =>
    [
        new("method", ValueShape.Text, "The method of the request; the rule's first when not given."),
        new("path", ValueShape.Text, "The raw target of the request; a path under the rule's when not given."),
        new("host", ValueShape.Text, "The Host of the request; the rule's first when not given."),
        new("as", Pairs, "Claims of the caller, such as sub: u1."),
        new("contentType", ValueShape.Text, "The content type, or none; application/json when not given, a form's when only form fields are expected."),
        new("headers", Pairs, "Further header fields."),
        new("body", ValueShape.Text, "The body; {{token: VALUE}} is a token that opens, {{foreign: VALUE}} one that does not, {{sent}} the body as it went upstream."),
    ];
}
