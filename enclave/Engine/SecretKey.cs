using System.Security.Cryptography;

namespace E3.Relay.Enclave.Engine;

/// <summary>32 secret bytes in memory that the collector does not move or copy, zeroed when dropped.</summary>
internal sealed class SecretKey : IDisposable
{
    /// <summary>Bytes of a key.</summary>
    public const int Bytes = 32;

    private volatile bool _isDropped;
    private readonly byte[] _bytes = GC.AllocateArray<byte>(Bytes, pinned: true);

    /// <summary>The bytes, for as long as the key lives.</summary>
    /// <exception cref="ObjectDisposedException">The key was dropped: nothing is ever sealed under zeros.</exception>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDropped, this);
            return _bytes;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDropped = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }

    /// <summary>The type alone.</summary>
    public override string ToString() => nameof(SecretKey);
}
