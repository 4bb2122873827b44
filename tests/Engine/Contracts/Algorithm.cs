using E3.Relay.Enclave.Protocol;

namespace E3.Relay.Enclave.Engine.Tests.Contracts;

/// <summary>What one algorithm promises. A new one gets a line here, and meets every test that applies to it.</summary>
/// <param name="Name">For people.</param>
/// <param name="Purpose">The keys that it uses.</param>
/// <param name="Forward">The operation that makes something of a value.</param>
/// <param name="Backward">The one that makes the value of it again; null where nothing does.</param>
/// <param name="IsAuthenticated">True where a changed bit, or another app, role, context or key, is told by a code. Elsewhere it gives another result.</param>
/// <param name="NamesItsVersion">True where the caller names the key's version.</param>
/// <param name="TakesAllTypes">False where only text of an alphabet is taken.</param>
internal sealed record Algorithm(string Name, KeyPurpose Purpose, TransformOperation Forward, TransformOperation? Backward, bool IsAuthenticated, bool NamesItsVersion, bool TakesAllTypes)
{
    public static readonly Algorithm[] Registry =
    [
        new("1: random", KeyPurpose.Random, TransformOperation.Encrypt, TransformOperation.Decrypt, IsAuthenticated: true, NamesItsVersion: false, TakesAllTypes: true),
        new("2: deterministic", KeyPurpose.Deterministic, TransformOperation.EncryptDeterministic, TransformOperation.Decrypt, IsAuthenticated: true, NamesItsVersion: false, TakesAllTypes: true),
        new("3: format-preserving", KeyPurpose.FormatPreserving, TransformOperation.Preserve, TransformOperation.Unpreserve, IsAuthenticated: false, NamesItsVersion: true, TakesAllTypes: false),
        new("keyed hash", KeyPurpose.Hash, TransformOperation.Hash, null, IsAuthenticated: false, NamesItsVersion: false, TakesAllTypes: true),
    ];

    /// <summary>True where equal values give equal results.</summary>
    public bool IsDeterministic => Purpose != KeyPurpose.Random;

    public override string ToString() => Name;
}
