using System.Globalization;
using E3.Relay.Rules.Explanations;

namespace E3.Relay.Rules.Documents;

/// <summary>Says in words what an operation does.</summary>
internal static class OperationWords
{
    internal static OperationExplanation Explain(OperationModel operation) => new(operation.Node.Line, Describe(operation), [.. Selectors(operation)]);

    private static string Describe(OperationModel operation)
    {
        List<string> parts = [Name(operation.Action) + (operation.Role.Length > 0 ? $" as {operation.Role}" : "")];
        AddIf(operation.Hiding is { Action: FieldAction.Mask }, $"keeping {operation.Hiding?.Mask.First} first and {operation.Hiding?.Mask.Last} last");
        AddIf(operation.Hiding is { Action: FieldAction.Redact }, $"written as {operation.Hiding?.Text}");
        AddIf(operation.Deterministic, "deterministic");
        AddIf(operation.Preserve is not null, "preserving the form");
        AddIf(operation.Whole, "objects and arrays whole");
        AddIf(operation.Strict, "strict");
        AddIf(operation.Binds.Count > 0, $"bound to {string.Join(", ", operation.Binds.Select(bind => bind.Text))}");
        AddIf(operation.For is not null, $"for callers with {operation.For?.Text}; for others {Name(operation.Else?.Action ?? FieldAction.Leave)}");
        return string.Join(", ", parts);

        void AddIf(bool condition, string part)
        {
            if (condition)
                parts.Add(part);
        }
    }

    private static string Name(FieldAction action) => action.ToString().ToLowerInvariant();

    private static IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> Selectors(OperationModel operation)
    {
        if (operation.Json.Count > 0)
            yield return new("json", [.. operation.Json.Select(json => Mark(json.Selector.Text, json.IsRequired))]);
        if (operation.Form.Count > 0)
            yield return new("form", [.. operation.Form.Select(form => Mark(form.Selector.Text, form.IsRequired))]);
        if (operation.Xml.Count > 0)
            yield return new("xml", [.. operation.Xml.Select(xml => Mark(xml.Selector.Text, xml.IsRequired))]);
        if (operation.Multipart.Count > 0)
            yield return new("multipart", [.. operation.Multipart.Select(name => Mark(name.Selector.Text, name.IsRequired))]);
        if (operation.Body)
            yield return new("body", ["true"]);
        if (operation.Text.Count > 0)
            yield return new("text", [.. operation.Text.Select(text => Mark(text.Selector.Text, text.IsRequired))]);
        HeadSelectors head = operation.Head;
        if (head.Query.Count > 0)
            yield return new("query", [.. head.Query.Select(name => Mark(name.Selector.Text, name.IsRequired))]);
        if (head.Header.Count > 0)
            yield return new("header", [.. head.Header.Select(name => Mark(name.Selector.Text, name.IsRequired))]);
        if (head.Cookie.Count > 0)
            yield return new("cookie", [.. head.Cookie.Select(name => Mark(name.Selector.Text, name.IsRequired))]);
        if (head.Path.Count > 0)
            yield return new("path", [.. head.Path.Select(segment => Mark(string.Create(CultureInfo.InvariantCulture, $"segment {segment.Selector}"), segment.IsRequired))]);
    }

    private static string Mark(string selector, bool isRequired) => isRequired ? selector + " (required)" : selector;
}
