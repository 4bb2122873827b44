namespace E3.Relay.Rules.Xml;

/// <summary>One step of a path that one pass over the document can decide.</summary>
/// <param name="Descends">Whether it applies to the descendants too (<c>//</c>).</param>
/// <param name="Kind">What it selects; attributes and text are only at the end.</param>
/// <param name="Namespace">The namespace that its name test wants, empty for none; null for any.</param>
/// <param name="Name">The local name; null for any.</param>
internal sealed record XmlPathStep(bool Descends, XmlPathStepKind Kind, string? Namespace, string? Name);
