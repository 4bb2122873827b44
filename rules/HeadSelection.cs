using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using E3.Relay.Rules.Bodies;
using E3.Relay.Rules.Heads;

namespace E3.Relay.Rules;

/// <summary>The selected values of one head, and the way to write the head with some of them replaced.</summary>
public sealed class HeadSelection : FieldSelection, IDisposable
{
    private readonly SelectionBuilder _found;
    private readonly List<HeadSite> _sites;
    private readonly RequestTarget? _target;
    private readonly IReadOnlyList<HeaderLine> _lines;
    private readonly ReadOnlyMemory<byte>[] _contexts;

    internal HeadSelection(HeadScan scan, RequestTarget? target, IReadOnlyList<HeaderLine> lines, ReadOnlyMemory<byte>[] contexts) =>
        (_found, _sites, _target, _lines, _contexts) = (scan.Found, scan.Sites, target, lines, contexts);

    /// <inheritdoc/>
    public override IReadOnlyList<FieldOperation> Operations => _found.Plan.Operations;

    /// <inheritdoc/>
    public override IReadOnlyList<SelectedField> Fields => _found.Fields;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Context(int operation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(operation);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(operation, _found.Plan.Operations.Length);
        return _contexts.Length == 0 ? default : _contexts[operation];
    }

    /// <inheritdoc/>
    public override FieldPlace PlaceOf(int field)
    {
        HeadSite site = _sites[field];
        return site.Part switch
        {
            HeadPart.Path => new FieldPlace("path", site.Line.ToString(CultureInfo.InvariantCulture), default),
            HeadPart.Query => new FieldPlace("query", Uri.UnescapeDataString(NameBefore(_target?.Query ?? "", site.Start, "?&").Replace('+', ' ')), default),
            HeadPart.Cookie => new FieldPlace("cookie", NameBefore(_lines[site.Line].Value, site.Start, "; "), default),
            _ => new FieldPlace("header", _lines[site.Line].Name, default),
        };
    }

    /// <summary>The name of the field whose value begins there.</summary>
    private static string NameBefore(string text, int start, string separators)
    {
        string before = text[..Math.Min(start, text.Length)];
        return before[(before.LastIndexOfAny(separators.ToCharArray()) + 1)..].TrimEnd('=', '"');
    }

    /// <summary>Writes the head; characters outside the replaced values are those that came.</summary>
    /// <param name="replacements">One for each field, in order; the default value keeps what came.</param>
    /// <param name="edit">The head after the change; null when nothing is replaced.</param>
    /// <param name="refusal">Set when a replacement is not what its type says, or cannot stand in its place (a decrypted value is untrusted).</param>
    /// <exception cref="ArgumentException">There is not one replacement for each field.</exception>
    public bool TryWrite(ReadOnlySpan<FieldReplacement> replacements, out HeadEdit? edit, [NotNullWhen(false)] out Refusal? refusal)
    {
        if (replacements.Length != _sites.Count)
            throw new ArgumentException("one replacement is wanted for each field", nameof(replacements));
        (edit, refusal) = (null, null);
        HeadWriter writer = new(_target, _lines);
        for (int i = 0; i < replacements.Length; i++)
        {
            if (!replacements[i].Replace)
                continue;
            if (!ReplacementGrammar.IsValid(replacements[i], _found.Limits.DepthMax) || !writer.TryReplace(_sites[i], replacements[i].Value.Span))
                refusal = _found.Plan.Refuse(RefusalCode.CannotDecrypt, Operations[Fields[i].Operation].RuleId);
            if (refusal is not null)
                return false;
        }

        edit = writer.Finish();
        return true;
    }

    /// <summary>Clears and returns the memory in which decoded values stand. Fields and contexts may not be used afterwards.</summary>
    public void Dispose() => _found.Arena.Dispose();
}
