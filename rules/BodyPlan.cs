using System.Diagnostics.CodeAnalysis;

namespace E3.Relay.Rules;

/// <summary>The operations on one body, with the editor for its content type.</summary>
public sealed class BodyPlan
{
    internal BodyPlan(IReadOnlyList<FieldOperation> operations) => Operations = operations;

    /// <summary>The operations; <see cref="SelectedField.Operation"/> is an index into them.</summary>
    public IReadOnlyList<FieldOperation> Operations { get; }

    /// <summary>Finds the selected values of a whole body. Never throws on bad data.</summary>
    /// <param name="body">The body's bytes, without content coding. They must not change while the selection is in use.</param>
    /// <param name="limits">Limits on hostile data.</param>
    /// <param name="tokens">Tells tokens from other text.</param>
    /// <param name="selection">The selected values; dispose of it.</param>
    /// <param name="refusal">Why the body is refused.</param>
    public bool TrySelect(
        ReadOnlyMemory<byte> body,
        RuleLimits limits,
        ITokenGrammar tokens,
        [NotNullWhen(true)] out BodySelection? selection,
        [NotNullWhen(false)] out Refusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(tokens);
        selection = new BodySelection();
        refusal = null;
        return true;
    }
}
