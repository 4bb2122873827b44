namespace E3.Relay.Enclave.Protocol;

/// <summary>The characters that format-preserving encryption works on, in the order that gives them their numbers.</summary>
public enum Alphabet : byte
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
