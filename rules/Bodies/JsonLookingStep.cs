using E3.Relay.Rules.Selectors;

namespace E3.Relay.Rules.Bodies;

/// <summary>A step that looks ahead.</summary>
/// <param name="Step">The step.</param>
/// <param name="ExactNames">How names in its filter are compared.</param>
/// <param name="State">The state that it leads from.</param>
internal readonly record struct JsonLookingStep(JsonPathStep Step, bool ExactNames, int State);
