namespace E3.Relay.Rules.Grammar;

/// <summary>What may stand as the value of a key. The readers of rule files judge by it, and the JSON Schema is written from it.</summary>
internal abstract record ValueShape
{
    /// <summary>Any text. Numbers and booleans without quotes are texts too.</summary>
    internal static ValueShape Text { get; } = new TextShape(null);

    internal static ValueShape Boolean { get; } = new BooleanShape();

    /// <summary>Text of a certain form.</summary>
    /// <param name="pattern">A regular expression that it matches (ECMA-262).</param>
    internal static ValueShape Like(string pattern) => new TextShape(pattern);

    /// <summary>One of some words.</summary>
    internal static ValueShape Words(params string[] words) => new WordShape(words);

    internal static ValueShape Number(int min, int max) => new NumberShape(min, max);

    /// <summary>A list that is not empty.</summary>
    internal static ValueShape List(ValueShape item, int max) => new ListShape(item, 1, max);
}

/// <summary>Text.</summary>
/// <param name="Pattern">A regular expression that it matches; null for any.</param>
internal sealed record TextShape(string? Pattern) : ValueShape;

/// <summary>One of some words.</summary>
internal sealed record WordShape(string[] Options) : ValueShape;

/// <summary>A whole number.</summary>
internal sealed record NumberShape(int Min, int Max) : ValueShape;

/// <summary><c>true</c> or <c>false</c>.</summary>
internal sealed record BooleanShape : ValueShape;

/// <summary>A list.</summary>
internal sealed record ListShape(ValueShape Item, int Min, int Max) : ValueShape;

/// <summary>A mapping whose keys are the author's own.</summary>
internal sealed record FreeMappingShape(ValueShape Value) : ValueShape;

/// <summary>One of several shapes.</summary>
internal sealed record EitherShape(params ValueShape[] Options) : ValueShape;
