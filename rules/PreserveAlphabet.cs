namespace E3.Relay.Rules;

/// <summary>The characters that format-preserving encryption works on. The numbers are those of the engine's messages.</summary>
public enum PreserveAlphabet : byte
{
    /// <summary><c>0-9</c>.</summary>
    Digits = 1,

    /// <summary><c>a-z</c>.</summary>
    Lower = 2,

    /// <summary><c>A-Z</c>.</summary>
    Upper = 3,

    /// <summary><c>0-9 A-Z a-z</c>.</summary>
    Alphanumeric = 4,
}
