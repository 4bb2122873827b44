namespace E3.Relay.Rules.Examples;

/// <summary>What an example expects.</summary>
public sealed record ExampleExpectation
{
    /// <summary>The status that a refusal gives, or 200 for none; null when it is not asked.</summary>
    public int? Status { get; init; }

    /// <summary>The code of the refusal; null when none is expected by name.</summary>
    public string? Code { get; init; }

    /// <summary>The whole body, placeholders for the tokens in it; null when it is not asked.</summary>
    public ExampleText? Body { get; init; }

    /// <summary>What is expected of single fields.</summary>
    public required IReadOnlyList<ExpectedField> Fields { get; init; }

    /// <summary>Whether a refusal is expected.</summary>
    public bool ExpectsRefusal => Code is not null || Status >= 400;
}
