using E3.Relay.Rules.Explanations;

namespace E3.Relay.Rules.Documents;

/// <summary>Says in words what an operation does.</summary>
internal static class OperationWords
{
    internal static OperationExplanation Explain(OperationModel operation) => new(operation.Node.Line, Describe(operation), [.. Selectors(operation)]);

    private static string Describe(OperationModel operation)
    {
        List<string> parts = [$"{operation.Action.ToString().ToLowerInvariant()} as {operation.Role}"];
        if (operation.Action == FieldAction.Mask)
            parts.Add($"keeping {operation.MaskFirst} first and {operation.MaskLast} last");
        if (operation.Binds.Count > 0)
            parts.Add($"bound to {string.Join(", ", operation.Binds.Select(bind => bind.Text))}");
        if (operation.Strict)
            parts.Add("strict");
        return string.Join(", ", parts);
    }

    private static IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> Selectors(OperationModel operation)
    {
        if (operation.Json.Count > 0)
            yield return new("json", [.. operation.Json.Select(json => Mark(json.Selector.Text, json.IsRequired))]);
        if (operation.Form.Count > 0)
            yield return new("form", [.. operation.Form.Select(form => Mark(form.Selector.Text, form.IsRequired))]);
    }

    private static string Mark(string selector, bool isRequired) => isRequired ? selector + " (required)" : selector;
}
