using System.Diagnostics.CodeAnalysis;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Multipart;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules;

/// <summary>The operations on one body, with the editor for its content type.</summary>
public sealed class BodyPlan
{
    private readonly CompiledBody _compiled;
    private readonly RequestTarget? _target;
    private readonly ICaller? _caller;

    private readonly ContentKind _kind;
    private readonly string? _contentType;
    private readonly BodyPlan? _otherwise;

    internal BodyPlan(CompiledBody compiled, RequestTarget? target, ICaller? caller = null) : this(compiled, target, caller, compiled.Kind)
    {
    }

    /// <summary>A plan for bodies of a kind for which operations are compiled as for another: several JSON documents.</summary>
    internal BodyPlan(CompiledBody compiled, RequestTarget? target, ICaller? caller, ContentKind kind) =>
        (_compiled, _target, _caller, _kind) = (compiled, target, caller, kind);

    /// <summary>A plan for a multipart body, whose boundary stands in its Content-Type.</summary>
    internal BodyPlan(CompiledBody compiled, RequestTarget? target, ICaller? caller, string contentType) : this(compiled, target, caller, compiled.Kind) => _contentType = contentType;

    /// <summary>A plan for bodies that may be sealed files.</summary>
    /// <param name="whole">What is done to a sealed file.</param>
    /// <param name="target">The request's target.</param>
    /// <param name="caller">Who sends the request.</param>
    /// <param name="otherwise">What is done to other bodies of the content type; null for nothing.</param>
    internal BodyPlan(CompiledBody whole, RequestTarget? target, ICaller? caller, BodyPlan? otherwise) : this(whole, target, caller, whole.Kind) => _otherwise = otherwise;

    /// <summary>The operations; <see cref="SelectedField.Operation"/> is an index into them.</summary>
    public IReadOnlyList<FieldOperation> Operations => _compiled.Operations;

    /// <summary>Begins with a body that is never held whole.</summary>
    /// <param name="limits">Limits on hostile data. That on bodies is one on what is held of this one, and that on fields one on each of its parts.</param>
    /// <param name="tokens">Tells tokens from other text.</param>
    /// <returns>What reads it; null where the plan's bodies can only be read whole.</returns>
    public BodyStream? OpenStream(RuleLimits limits, ITokenGrammar tokens)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(tokens);
        return _kind switch
        {
            ContentKind.Json or ContentKind.JsonLines or ContentKind.JsonSequence when JsonStream.CanRead(_compiled, _kind) => new JsonStream(_compiled, _kind, _target, _caller, limits, tokens),
            ContentKind.Multipart when _compiled.TokenOperation < 0 => MultipartStream.Open(_compiled, _contentType!, _target, _caller, limits, tokens),
            ContentKind.Whole => new WholeStream(_compiled, _otherwise, _target, _caller, limits, tokens),
            _ => null,
        };
    }

    /// <summary>Finds the selected values of a whole body. Never throws on bad data.</summary>
    /// <param name="body">The body's bytes, without content coding. They must not change while the selection is in use.</param>
    /// <param name="limits">Limits on hostile data.</param>
    /// <param name="tokens">Tells tokens from other text.</param>
    /// <param name="selection">The selected values when there is no refusal; dispose of it.</param>
    /// <param name="refusal">Why the body is refused.</param>
    public bool TrySelect(
        ReadOnlyMemory<byte> body,
        RuleLimits limits,
        ITokenGrammar tokens,
        out BodySelection selection,
        [NotNullWhen(false)] out Refusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(tokens);
        (selection, refusal) = (default, null);
        if (body.Length > limits.BodyBytesMax)
        {
            refusal = _compiled.Refuse(RefusalCode.BodyTooLarge);
            return false;
        }

        if (_otherwise is not null && !tokens.IsSealedFile(body.Span) && !Array.Exists(_compiled.Operations, static operation => operation.Strict))
            return _otherwise.TrySelect(body, limits, tokens, out selection, out refusal);
        SelectionBuilder found = _compiled.Rent(body, limits, tokens);
        bool selected = _kind switch
        {
            ContentKind.Json or ContentKind.JsonLines or ContentKind.JsonSequence => JsonBodyScan.TrySelect(found, _kind),
            ContentKind.Xml => XmlScan.TrySelect(found),
            ContentKind.Multipart => MultipartScan.TrySelect(found, _contentType!),
            ContentKind.Whole => WholeScan.TrySelect(found),
            ContentKind.Text or ContentKind.AsciiText or ContentKind.Table or ContentKind.AsciiTable => TextScan.TrySelect(found, _kind),
            _ => FormScan.TrySelect(found),
        };
        bool looksForTokens = _compiled.TokenOperation >= 0;
        if (selected && (!looksForTokens || TokenScan.TryAdd(found, _kind)) && found.Finish(_target, _caller, out ReadOnlyMemory<byte>[] contexts))
        {
            if (looksForTokens)
                found.Order();
            found.Contexts = contexts;
            selection = new BodySelection(found);
            return true;
        }

        refusal = found.Refusal!;
        _compiled.Return(found);
        return false;
    }
}
