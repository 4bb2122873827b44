namespace E3.Relay.Rules.Bodies;

/// <summary>Where one value of a bound context comes from.</summary>
/// <param name="PathSegment">Segment of the request path, counted from 1; 0 when the value comes from the body.</param>
/// <param name="Slot">The bound value of the body; -1 when it comes from the path.</param>
internal readonly record struct BoundSource(int PathSegment, int Slot);
