namespace E3.Relay.Rules;

/// <summary>A selected file of a body that is never there whole.</summary>
/// <param name="Operation">What is done to it: encrypt, or decrypt of what begins as a sealed file does.</param>
/// <param name="Context">The context that it is bound to, in memory of its own; empty for none.</param>
/// <param name="Boundary">What may not be written in its place, because it would end the part; empty for a file that is the whole body.</param>
public sealed record StreamedFile(FieldOperation Operation, ReadOnlyMemory<byte> Context, ReadOnlyMemory<byte> Boundary);
