namespace E3.Relay.Rules.Bodies;

/// <summary>Where one value of a bound context comes from.</summary>
/// <param name="PathSegment">Segment of the request path, counted from 1; 0 when the value comes from elsewhere.</param>
/// <param name="Slot">The bound value of the body; -1 when it comes from elsewhere.</param>
/// <param name="Claim">The claim of the caller; null when the value comes from elsewhere.</param>
/// <param name="Head">Where in the query or header of the request; null when the value comes from elsewhere.</param>
internal readonly record struct BoundSource(int PathSegment, int Slot, string? Claim, Heads.BoundHead? Head = null);
