using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Sees what becomes of selected values. Serving has none: it is for those who try rules without traffic.</summary>
internal interface IFieldObserver
{
    /// <summary>Called when the values of one part of a message have been transformed, before they are written. They are cleared afterwards.</summary>
    void Transformed(FieldSelection selection, ReadOnlySpan<FieldReplacement> replacements);
}
