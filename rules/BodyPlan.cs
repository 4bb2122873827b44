using System.Diagnostics.CodeAnalysis;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules;

/// <summary>The operations on one body, with the editor for its content type.</summary>
public sealed class BodyPlan
{
    private readonly CompiledBody _compiled;
    private readonly RequestTarget? _target;
    private readonly ICaller? _caller;

    internal BodyPlan(CompiledBody compiled, RequestTarget? target, ICaller? caller = null) => (_compiled, _target, _caller) = (compiled, target, caller);

    /// <summary>The operations; <see cref="SelectedField.Operation"/> is an index into them.</summary>
    public IReadOnlyList<FieldOperation> Operations => _compiled.Operations;

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
        (selection, refusal) = (null, null);
        if (body.Length > limits.BodyBytesMax)
        {
            refusal = _compiled.Refuse(RefusalCode.BodyTooLarge);
            return false;
        }

        SelectionBuilder found = new(_compiled, body, limits, tokens);
        bool selected = _compiled.Kind switch
        {
            ContentKind.Json => JsonBodyScan.TrySelect(found),
            ContentKind.Xml => XmlScan.TrySelect(found),
            _ => FormScan.TrySelect(found),
        };
        if (selected && (_compiled.TokenOperation < 0 || TokenScan.TryAdd(found)) && found.Finish(_target, _caller, out ReadOnlyMemory<byte>[] contexts))
        {
            selection = new BodySelection(found, contexts);
            return true;
        }

        found.Arena.Dispose();
        refusal = found.Refusal!;
        return false;
    }
}
