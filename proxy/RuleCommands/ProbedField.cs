using E3.Relay.Rules;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>A value that a selector of an example selects.</summary>
/// <param name="Place">Where it stands in the body.</param>
/// <param name="Type">Its type.</param>
/// <param name="Text">Its text, decoded.</param>
internal sealed record ProbedField(Range Place, FieldType Type, string Text);
