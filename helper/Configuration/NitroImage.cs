using E3.Relay.Helper.Tee.Nitro;

namespace E3.Relay.Helper.Configuration;

/// <summary>An enclave image, and how enclaves are made from it.</summary>
internal sealed record NitroImage(string Path, NitroSettings Settings);
