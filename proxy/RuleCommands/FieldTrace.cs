using System.Text;
using E3.Relay.Proxy.Pipeline;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>Remembers what became of each selected value.</summary>
internal sealed class FieldTrace : IFieldObserver
{
    private readonly List<TracedField> _fields = [];

    /// <summary>What was seen since the last time.</summary>
    public IReadOnlyList<TracedField> Take()
    {
        TracedField[] seen = [.. _fields];
        _fields.Clear();
        return seen;
    }

    public void Transformed(FieldSelection selection, ReadOnlySpan<FieldReplacement> replacements)
    {
        for (int i = 0; i < replacements.Length; i++)
        {
            SelectedField field = selection.Fields[i];
            FieldReplacement made = replacements[i];
            _fields.Add(new TracedField(
                selection.Operations[field.Operation],
                field.Type,
                Encoding.UTF8.GetString(field.Value.Span),
                made.Replace ? made.Type : null,
                made.Replace ? Encoding.UTF8.GetString(made.Value.Span) : null,
                selection.PlaceOf(i)));
        }
    }
}
