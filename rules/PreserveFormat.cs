namespace E3.Relay.Rules;

/// <summary>How a value is encrypted into one of the same length and alphabet. Who undoes it says the same.</summary>
/// <param name="Alphabet">The characters that a value consists of.</param>
/// <param name="First">How many characters stay as they are at the start.</param>
/// <param name="Last">How many characters stay as they are at the end.</param>
/// <param name="Luhn">Whether value and result carry a valid check digit (ISO/IEC 7812-1 annex B).</param>
/// <param name="Key">The version of the key, 1 being the first; rotation does not move it.</param>
public sealed record PreserveFormat(PreserveAlphabet Alphabet, int First, int Last, bool Luhn, int Key);
