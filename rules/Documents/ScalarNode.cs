namespace E3.Relay.Rules.Documents;

/// <summary>A scalar. Only a plain (unquoted) one can be a number, a boolean or null.</summary>
internal sealed class ScalarNode(int line, int column, string value, bool isPlain) : DocumentNode(line, column)
{
    internal string Value { get; } = value;

    internal bool IsPlain { get; } = isPlain;

    internal bool IsNull => IsPlain && Value is "" or "~" or "null";

    internal override string Kind => IsNull ? "nothing" : "a single value";
}
