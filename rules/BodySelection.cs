using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules;

/// <summary>
/// The selected values of one body, and the way to write the body with some of them replaced. A handle without memory of its own: copies are the same selection, and none of them works once one is disposed of.
/// </summary>
public readonly struct BodySelection : IDisposable
{
    // What gathered the fields serves the next body under another generation, so that this handle cannot reach it any more.
    private readonly SelectionBuilder? _builder;
    private readonly long _generation;

    internal BodySelection(SelectionBuilder found) => (_builder, _generation) = (found, found.Generation);

    private SelectionBuilder Found => _builder is not null && _builder.Generation == _generation ? _builder : throw new ObjectDisposedException(nameof(BodySelection));

    /// <inheritdoc cref="FieldSelection.Operations"/>
    public IReadOnlyList<FieldOperation> Operations => Found.Operations;

    /// <inheritdoc cref="FieldSelection.Fields"/>
    public IReadOnlyList<SelectedField> Fields => Found.Fields;

    /// <inheritdoc cref="FieldSelection.Context"/>
    public ReadOnlyMemory<byte> Context(int operation)
    {
        SelectionBuilder found = Found;
        ArgumentOutOfRangeException.ThrowIfNegative(operation);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(operation, found.Operations.Count);
        return found.Contexts.Length == 0 ? default : found.Contexts[operation];
    }

    /// <summary>The same values for those who take them from any part of a message. It is disposed of with this handle.</summary>
    public FieldSelection AsFields() => new BodyFields(this);

    /// <inheritdoc cref="FieldSelection.PlaceOf"/>
    public FieldPlace PlaceOf(int field)
    {
        FieldSite site = Found.Sites[field];
        return new FieldPlace("body", "", site.Start..(site.Start + site.Length));
    }

    /// <summary>Writes the body; bytes outside the replaced values are those that came. Writes nothing when it refuses.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="replacements">One for each field, in order; the default value keeps the original bytes.</param>
    /// <param name="refusal">Set when a replacement is not what its type says (a decrypted value is untrusted).</param>
    /// <exception cref="ArgumentException">There is not one replacement for each field.</exception>
    public bool TryWrite(IBufferWriter<byte> output, ReadOnlySpan<FieldReplacement> replacements, [NotNullWhen(false)] out Refusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (replacements.Length != Found.Fields.Count)
            throw new ArgumentException("one replacement is wanted for each field", nameof(replacements));
        return new BodyWriter(Found).TryWrite(output, replacements, out refusal);
    }

    /// <summary>Clears and returns the memory in which decoded values stand. Fields and contexts may not be used afterwards. Doing it again does nothing.</summary>
    public void Dispose()
    {
        if (_builder is not null && _builder.TryLeave(_generation))
            _builder.Plan.Return(_builder);
    }
}
