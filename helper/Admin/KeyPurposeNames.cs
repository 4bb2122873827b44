using E3.Relay.Enclave.Protocol;

namespace E3.Relay.Helper.Admin;

/// <summary>How purposes of keys are called in the admin interface and on the command line.</summary>
internal static class KeyPurposeNames
{
    private static readonly (KeyPurpose Purpose, string Name)[] Names =
    [
        (KeyPurpose.Random, "random"),
        (KeyPurpose.Deterministic, "deterministic"),
        (KeyPurpose.FormatPreserving, "format-preserving"),
        (KeyPurpose.Hash, "hash"),
        (KeyPurpose.ClientP256, "client-p256"),
        (KeyPurpose.ClientSecp256k1, "client-secp256k1"),
    ];

    /// <summary>All names.</summary>
    public static IEnumerable<string> All => Names.Select(static pair => pair.Name);

    /// <summary>The name of a purpose.</summary>
    public static string Of(KeyPurpose purpose) => Names.FirstOrDefault(pair => pair.Purpose == purpose).Name ?? "unknown";

    /// <summary>The purpose of a name.</summary>
    public static bool TryParse(string name, out KeyPurpose purpose)
    {
        (purpose, string? known) = Names.FirstOrDefault(pair => pair.Name == name);
        return known is not null;
    }
}
