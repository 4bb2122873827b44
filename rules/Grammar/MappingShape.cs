namespace E3.Relay.Rules.Grammar;

/// <summary>A mapping with its keys.</summary>
/// <param name="What">What it is, as it is called in messages.</param>
/// <param name="Keys">The keys that it may have.</param>
internal sealed record MappingShape(string What, params KeyShape[] Keys) : ValueShape
{
    /// <summary>Keys of the language that this version does not have.</summary>
    internal string[] Later { get; init; } = [];

    /// <summary>Of these keys just one stands in the mapping.</summary>
    internal string[] OneOf { get; init; } = [];

    /// <summary>Of these keys at least one stands in the mapping.</summary>
    internal string[] AnyOf { get; init; } = [];

    internal string[] Names { get; } = [.. Keys.Select(key => key.Name)];

    /// <summary>What may stand under a key.</summary>
    internal ValueShape Of(string key) => Array.Find(Keys, shape => shape.Name == key)?.Value ?? throw new ArgumentOutOfRangeException(nameof(key), key, $"{What} has no such key");
}
