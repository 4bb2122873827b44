namespace E3.Relay.Enclave.Engine;

/// <summary>
/// 32 secret bytes in memory of their own, zeroed when dropped. There is no finalizer: it could run while a span is still in use, and then something would be sealed under zeros.
/// </summary>
internal sealed unsafe class SecretKey : IDisposable
{
    /// <summary>Bytes of a key.</summary>
    public const int Bytes = 32;

    private nint _slot = SecretMemory.Rent();

    /// <summary>The bytes. Whoever holds them holds the key too.</summary>
    /// <exception cref="ObjectDisposedException">The key was dropped: nothing is ever sealed under zeros.</exception>
    public Span<byte> Span
    {
        get
        {
            nint slot = Volatile.Read(ref _slot);
            ObjectDisposedException.ThrowIf(slot == 0, this);
            return new Span<byte>((void*)slot, Bytes);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        nint slot = Interlocked.Exchange(ref _slot, 0);
        if (slot != 0)
            SecretMemory.Return(slot);
    }

    /// <summary>The type alone.</summary>
    public override string ToString() => nameof(SecretKey);
}
