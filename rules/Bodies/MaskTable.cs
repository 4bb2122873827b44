using System.Text;
using E3.Relay.Rules.Documents;

namespace E3.Relay.Rules.Bodies;

/// <summary>What the rules of a set show in place of values, by role. A redaction names no role, so its text counts for all.</summary>
internal sealed class MaskTable
{
    /// <summary>Nothing is shown.</summary>
    internal static MaskTable None { get; } = new([]);

    private readonly Dictionary<string, MaskForms> _byRole;
    private readonly MaskForms _others;

    internal MaskTable(IEnumerable<RuleModel> rules)
    {
        (string Role, HidingModel Shown)[] shown = [.. rules.SelectMany(rule => rule.Request.Concat(rule.Response)).SelectMany(operation => operation.Shown.Select(form => (operation.Role, form)))];
        byte[][] texts = [.. shown.Where(one => one.Shown is { Action: FieldAction.Redact, Text.Length: > 0 }).Select(one => one.Shown.Text).Distinct().Select(Encoding.UTF8.GetBytes)];
        _others = texts.Length == 0 ? MaskForms.None : new MaskForms([], texts);
        _byRole = shown.Where(one => one.Shown.Action == FieldAction.Mask).GroupBy(one => one.Role, one => one.Shown.Mask, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => new MaskForms([.. group.Distinct()], texts), StringComparer.Ordinal);
    }

    internal MaskForms Of(string role) => _byRole.GetValueOrDefault(role) ?? _others;
}
