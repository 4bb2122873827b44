using System.Security.Cryptography;

namespace E3.Relay.Enclave.Engine;

/// <summary>32 secret bytes in memory that the collector does not move or copy, zeroed when dropped.</summary>
internal sealed class SecretKey : IDisposable
{
    /// <summary>Bytes of a key.</summary>
    public const int Bytes = 32;

    private readonly byte[] _bytes = GC.AllocateArray<byte>(Bytes, pinned: true);

    /// <summary>The bytes, for as long as the key lives.</summary>
    public Span<byte> Span => _bytes;

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    /// <summary>The type alone.</summary>
    public override string ToString() => nameof(SecretKey);
}
