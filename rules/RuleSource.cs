namespace E3.Relay.Rules;

/// <summary>One rule file.</summary>
/// <param name="Name">The name that problems are reported under, usually a path.</param>
/// <param name="Utf8">The file's bytes.</param>
public sealed record RuleSource(string Name, ReadOnlyMemory<byte> Utf8)
{
    /// <summary>The largest rule file.</summary>
    /// <value>1 MiB.</value>
    public const int BytesMax = 1 << 20;
}
