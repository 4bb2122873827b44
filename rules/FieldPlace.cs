namespace E3.Relay.Rules;

/// <summary>Where a selected value stands in a message.</summary>
/// <param name="Part"><c>body</c>, <c>path</c>, <c>query</c>, <c>header</c> or <c>cookie</c>.</param>
/// <param name="Name">The name of the header field, cookie or query field as it came, or the number of the segment; empty in a body.</param>
/// <param name="Bytes">The bytes of a body that it takes, quotes included; none elsewhere.</param>
public readonly record struct FieldPlace(string Part, string Name, Range Bytes);
