using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Xml;

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
        refusal = Judge(replacements);
        if (refusal is not null)
            return false;
        ReadOnlySpan<byte> body = Found.Body.Span;
        int copied = 0;
        for (int i = 0; i < replacements.Length; i++)
        {
            if (!replacements[i].Replace || IsLeft(i, replacements[i]))
                continue;
            FieldSite site = Found.Sites[i];
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
            if (replacements[i].Replace && !IsLeft(i, replacements[i]) && WhyNot(replacements[i], i) is { } code)
                return Found.Plan.Refuse(code, Found.Operations[Found.Fields[i].Operation].RuleId);
        }

        return null;
    }

    /// <summary>A value that holds the boundary would end its part.</summary>
    private RefusalCode? WhyNot(in FieldReplacement replacement, int field)
    {
        if (!CanWrite(replacement, field))
            return RefusalCode.CannotDecrypt;
        return Found.Marker.Length > 0 && replacement.Value.Span.IndexOf(Found.Marker) >= 0 ? RefusalCode.AmbiguousMultipart : null;
    }

    /// <summary>An object or array cannot stand in a longer text, nor everything in a body of text. Where the operation leaves what does not open, such a token stays too.</summary>
    private bool IsLeft(int field, in FieldReplacement replacement)
    {
        FieldOperation operation = Found.Operations[Found.Fields[field].Operation];
        bool isTokenInText = Found.Plan.Kind == ContentKind.Text && operation.Action == FieldAction.Decrypt && Found.Fields[field].IsToken;
        return !operation.FailOnUnopenable && (IsDocumentInText(replacement, Found.Sites[field]) || (isTokenInText && !TextValue.CanHold(Found.TextKind, replacement, false)));
    }

    private static bool IsDocumentInText(in FieldReplacement replacement, FieldSite site) => site.IsInText && replacement.Type is FieldType.Object or FieldType.Array;

    private bool CanWrite(in FieldReplacement replacement, int field)
    {
        bool isFile = Found.Fields[field].Type == FieldType.Bytes;
        if (isFile || replacement.Type == FieldType.Bytes)
            return isFile && replacement.Type == FieldType.Bytes;
        FieldSite site = Found.Sites[field];
        if (IsDocumentInText(replacement, site) || !ReplacementGrammar.IsValid(replacement, Found.Limits.DepthMax - site.Depth))
            return false;
        return Found.Plan.Kind switch
        {
            ContentKind.Xml => XmlText.CanHold(replacement.Value.Span),
            ContentKind.Text => TextValue.CanHold(Found.TextKind, replacement, Found.Operations[Found.Fields[field].Operation].Action != FieldAction.Decrypt),
            _ => true,
        };
    }

    private void WriteValue(IBufferWriter<byte> output, in FieldReplacement replacement, FieldSite site)
    {
        ReadOnlySpan<byte> value = replacement.Value.Span;
        if (Found.Plan.Kind == ContentKind.Form)
        {
            if (site.WantsEquals)
                output.Write("="u8);
            FormText.Write(output, value);
        }
        else if (Found.Plan.Kind == ContentKind.Xml)
        {
            XmlValueWriter.Write(output, value, site, Found.Body.Span);
        }
        else if (Found.Plan.Kind is ContentKind.Multipart or ContentKind.Whole or ContentKind.Text)
        {
            output.Write(value);
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

    /// <summary>Clears and returns the memory in which decoded values stand. Fields and contexts may not be used afterwards. Doing it again does nothing.</summary>
    public void Dispose()
    {
        if (_builder is not null && _builder.TryLeave(_generation))
            _builder.Plan.Return(_builder);
    }
}
