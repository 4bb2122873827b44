using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Bodies;

/// <summary>Writes a body with some of its selected values replaced. Lives for one writing: what was found does not change meanwhile.</summary>
internal readonly ref struct BodyWriter
{
    private readonly SelectionBuilder _found;
    private readonly ReadOnlySpan<SelectedField> _fields;
    private readonly ReadOnlySpan<FieldSite> _sites;
    private readonly IReadOnlyList<FieldOperation> _operations;
    private readonly ContentKind _kind;

    public BodyWriter(SelectionBuilder found)
    {
        _found = found;
        _fields = CollectionsMarshal.AsSpan(found.Fields);
        _sites = CollectionsMarshal.AsSpan(found.Sites);
        _operations = found.Operations;
        _kind = found.Plan.Kind;
    }

    /// <inheritdoc cref="BodySelection.TryWrite"/>
    public bool TryWrite(IBufferWriter<byte> output, ReadOnlySpan<FieldReplacement> replacements, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = Judge(replacements);
        if (refusal is not null)
            return false;
        ReadOnlySpan<byte> body = _found.Body.Span;
        int copied = 0;
        for (int i = 0; i < replacements.Length; i++)
        {
            if (!replacements[i].Replace || IsLeft(i, replacements[i]))
                continue;
            ref readonly FieldSite site = ref _sites[i];
            output.Write(body[copied..site.Start]);
            WriteValue(output, replacements[i], site, body);
            copied = site.Start + site.Length;
        }

        output.Write(body[copied..]);
        return true;
    }

    private static bool IsDocumentInText(in FieldReplacement replacement, in FieldSite site) => site.IsInText && replacement.Type is FieldType.Object or FieldType.Array;

    private Refusal? Judge(ReadOnlySpan<FieldReplacement> replacements)
    {
        for (int i = 0; i < replacements.Length; i++)
        {
            if (replacements[i].Replace && !IsLeft(i, replacements[i]) && WhyNot(replacements[i], i) is { } code)
                return _found.Plan.Refuse(code, _operations[_fields[i].Operation].RuleId);
        }

        return null;
    }

    /// <summary>A value that holds the boundary would end its part.</summary>
    private RefusalCode? WhyNot(in FieldReplacement replacement, int field)
    {
        if (!CanWrite(replacement, field))
            return RefusalCode.CannotDecrypt;
        return _found.Marker.Length > 0 && replacement.Value.Span.IndexOf(_found.Marker) >= 0 ? RefusalCode.AmbiguousMultipart : null;
    }

    /// <summary>An object or array cannot stand in a longer text, nor everything in a body of text. Where the operation leaves what does not open, such a token stays too.</summary>
    private bool IsLeft(int field, in FieldReplacement replacement)
    {
        FieldOperation operation = _operations[_fields[field].Operation];
        if (operation.FailOnUnopenable)
            return false;
        bool isTokenInText = _kind == ContentKind.Text && operation.Action == FieldAction.Decrypt && _fields[field].IsToken;
        return IsDocumentInText(replacement, _sites[field]) || (isTokenInText && !TextValue.CanHold(_found.TextKind, replacement, false));
    }

    private bool CanWrite(in FieldReplacement replacement, int field)
    {
        bool isFile = _fields[field].Type == FieldType.Bytes;
        if (isFile || replacement.Type == FieldType.Bytes)
            return isFile && replacement.Type == FieldType.Bytes;
        ref readonly FieldSite site = ref _sites[field];
        if (IsDocumentInText(replacement, site) || !ReplacementGrammar.IsValid(replacement, _found.Limits.DepthMax - site.Depth))
            return false;
        return _kind switch
        {
            ContentKind.Xml => XmlText.CanHold(replacement.Value.Span),
            ContentKind.Text => TextValue.CanHold(_found.TextKind, replacement, _operations[_fields[field].Operation].Action != FieldAction.Decrypt),
            _ => true,
        };
    }

    private void WriteValue(IBufferWriter<byte> output, in FieldReplacement replacement, in FieldSite site, ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> value = replacement.Value.Span;
        if (_kind == ContentKind.Form)
        {
            if (site.WantsEquals)
                output.Write("="u8);
            FormText.Write(output, value);
        }
        else if (_kind == ContentKind.Xml)
        {
            XmlValueWriter.Write(output, value, site, body);
        }
        else if (_kind is ContentKind.Multipart or ContentKind.Whole or ContentKind.Text)
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
}
