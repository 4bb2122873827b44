using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules;

/// <summary>The selected values of one body, and the way to write the body with some of them replaced.</summary>
public sealed class BodySelection : FieldSelection, IDisposable
{
    private readonly SelectionBuilder _found;
    private readonly ReadOnlyMemory<byte>[] _contexts;

    internal BodySelection(SelectionBuilder found, ReadOnlyMemory<byte>[] contexts) => (_found, _contexts) = (found, contexts);

    /// <inheritdoc/>
    public override IReadOnlyList<FieldOperation> Operations => _found.Operations;

    /// <inheritdoc/>
    public override IReadOnlyList<SelectedField> Fields => _found.Fields;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Context(int operation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(operation);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(operation, _found.Operations.Count);
        return _contexts.Length == 0 ? default : _contexts[operation];
    }

    /// <summary>Writes the body; bytes outside the replaced values are those that came. Writes nothing when it refuses.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="replacements">One for each field, in order; the default value keeps the original bytes.</param>
    /// <param name="refusal">Set when a replacement is not what its type says (a decrypted value is untrusted).</param>
    /// <exception cref="ArgumentException">There is not one replacement for each field.</exception>
    public bool TryWrite(IBufferWriter<byte> output, ReadOnlySpan<FieldReplacement> replacements, [NotNullWhen(false)] out Refusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (replacements.Length != _found.Fields.Count)
            throw new ArgumentException("one replacement is wanted for each field", nameof(replacements));
        refusal = Judge(replacements);
        if (refusal is not null)
            return false;
        ReadOnlySpan<byte> body = _found.Body.Span;
        int copied = 0;
        for (int i = 0; i < replacements.Length; i++)
        {
            if (!replacements[i].Replace || IsLeft(i, replacements[i]))
                continue;
            FieldSite site = _found.Sites[i];
            output.Write(body[copied..site.Start]);
            WriteValue(output, replacements[i], site);
            copied = site.Start + site.Length;
        }

        output.Write(body[copied..]);
        return true;
    }

    private Refusal? Judge(ReadOnlySpan<FieldReplacement> replacements)
    {
        for (int i = 0; i < replacements.Length; i++)
        {
            if (replacements[i].Replace && !IsLeft(i, replacements[i]) && !CanWrite(replacements[i], _found.Sites[i]))
                return _found.Plan.Refuse(RefusalCode.CannotDecrypt, _found.Operations[_found.Fields[i].Operation].RuleId);
        }

        return null;
    }

    /// <summary>An object or array cannot stand in a longer text. Where the operation leaves what does not open, such a token stays too.</summary>
    private bool IsLeft(int field, in FieldReplacement replacement) =>
        IsDocumentInText(replacement, _found.Sites[field]) && !_found.Operations[_found.Fields[field].Operation].FailOnUnopenable;

    private static bool IsDocumentInText(in FieldReplacement replacement, FieldSite site) => site.IsInText && replacement.Type is FieldType.Object or FieldType.Array;

    private bool CanWrite(in FieldReplacement replacement, FieldSite site) =>
        !IsDocumentInText(replacement, site) && ReplacementGrammar.IsValid(replacement, _found.Limits.DepthMax - site.Depth) && (_found.Plan.Kind != ContentKind.Xml || XmlText.CanHold(replacement.Value.Span));

    private void WriteValue(IBufferWriter<byte> output, in FieldReplacement replacement, FieldSite site)
    {
        ReadOnlySpan<byte> value = replacement.Value.Span;
        if (_found.Plan.Kind == ContentKind.Form)
        {
            if (site.WantsEquals)
                output.Write("="u8);
            FormText.Write(output, value);
        }
        else if (_found.Plan.Kind == ContentKind.Xml)
        {
            XmlValueWriter.Write(output, value, site, _found.Body.Span);
        }
        else if (site.IsInText)
        {
            JsonText.WriteText(output, value);
        }
        else if (replacement.Type == FieldType.String)
        {
            JsonText.WriteString(output, value);
        }
        else
        {
            JsonText.WriteDocument(output, value);
        }
    }

    /// <summary>Clears and returns the memory in which decoded values stand. Fields and contexts may not be used afterwards.</summary>
    public void Dispose() => _found.Arena.Dispose();
}
