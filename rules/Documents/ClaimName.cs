namespace E3.Relay.Rules.Documents;

/// <summary>How claims are named: any text that a token could carry as a claim's type.</summary>
internal static class ClaimName
{
    internal const string Words = "a claim's name has 1 to 256 characters and no control characters";

    private const int LengthMax = 256;

    internal static bool IsValid(string name) => name.Length is > 0 and <= LengthMax && !name.Any(char.IsControl);
}
