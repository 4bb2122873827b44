namespace E3.Relay.Rules;

/// <summary>What to do with one body: edit it, refuse it, or (when both are null) forward it untouched.</summary>
/// <param name="Plan">The operations; null when there is none for this body.</param>
/// <param name="Refusal">Why the message is refused; null when it is not.</param>
public readonly record struct BodyPlanResult(BodyPlan? Plan, Refusal? Refusal);
