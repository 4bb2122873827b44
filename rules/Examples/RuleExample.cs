namespace E3.Relay.Rules.Examples;

/// <summary>One example of a rule: a message, and what the rules are expected to make of it.</summary>
public sealed record RuleExample
{
    /// <summary>The file in which it stands.</summary>
    public required string File { get; init; }

    /// <summary>The line at which it begins, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The rule that it is an example of.</summary>
    public required string RuleId { get; init; }

    /// <summary>What it shows, in the author's words; null when there are none.</summary>
    public string? Name { get; init; }

    /// <summary>The request; null when the example is about a response alone.</summary>
    public ExampleMessage? Send { get; init; }

    /// <summary>The upstream's response, which need not be to <see cref="Send"/>; null when the example is about a request alone.</summary>
    public ExampleMessage? Receive { get; init; }

    /// <summary>What is expected of the response when there is one, else of the request.</summary>
    public required ExampleExpectation Expect { get; init; }

    /// <summary>Whether names of fields are compared byte by byte, as in the rule.</summary>
    public required bool ExactNames { get; init; }

    /// <summary>Namespaces by the prefix that XPath selectors name them by, as in the rule.</summary>
    public required IReadOnlyDictionary<string, string> Namespaces { get; init; }
}
