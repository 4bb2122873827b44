using E3.Relay.Helper.Administration;

namespace E3.Relay.Helper.Configuration;

/// <summary>The settings of a helper whose fleet has administrators of its own.</summary>
internal sealed record HelperSettings
{
    /// <summary>Which driver starts engines.</summary>
    public required TeeKind Tee { get; init; }

    /// <summary>The path of the enclave image, and how enclaves are made; null for the process driver.</summary>
    public NitroImage? Nitro { get; init; }

    /// <summary>The path of the measured configuration.</summary>
    public required string ConfigurationFile { get; init; }

    /// <summary>The same, read.</summary>
    public required MeasuredConfiguration Configuration { get; init; }

    /// <summary>The signed list of accepted images.</summary>
    public required DocumentFile Measurements { get; init; }

    /// <summary>The folder with the helper's own key and grant.</summary>
    public required string CallerFolder { get; init; }

    /// <summary>The nonce that the administrators want in the evidence of a new root key; null for one of the helper's own.</summary>
    public byte[]? GenesisNonce { get; init; }

    /// <summary>Who opens the root key.</summary>
    public required KeyAuthoritySettings KeyAuthority { get; init; }
}
