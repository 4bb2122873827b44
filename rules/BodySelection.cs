using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace E3.Relay.Rules;

/// <summary>The selected values of one body, and the way to write the body with some of them replaced.</summary>
public sealed class BodySelection : IDisposable
{
    internal BodySelection()
    {
    }

    /// <summary>The selected values in the order of the body. Null values are never among them.</summary>
    public IReadOnlyList<SelectedField> Fields { get; } = [];

    /// <summary>The bound context of an operation: each value with its length before it (u32, big-endian); empty when the rule binds nothing.</summary>
    /// <param name="operation">Index into <see cref="BodyPlan.Operations"/>.</param>
    public ReadOnlyMemory<byte> Context(int operation) => default;

    /// <summary>Writes the body; bytes outside the replaced values are those that came. Writes nothing when it refuses.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="replacements">One for each field, in order; the default value keeps the original bytes.</param>
    /// <param name="refusal">Set when a replacement is not what its type says (a decrypted value is untrusted).</param>
    /// <exception cref="ArgumentException">There is not one replacement for each field.</exception>
    public bool TryWrite(IBufferWriter<byte> output, ReadOnlySpan<FieldReplacement> replacements, [NotNullWhen(false)] out Refusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(output);
        refusal = null;
        return true;
    }

    /// <summary>Clears and returns the memory in which decoded values stand. Fields and contexts may not be used afterwards.</summary>
    public void Dispose()
    {
    }
}
