using System.Buffers;

namespace E3.Relay.Proxy.Pipeline.Streaming;

/// <summary>Memory for what passes through a pipe: counted while it is held, and cleared when it is given back, because it may be plaintext.</summary>
internal sealed class ClearedPool(BufferBudget budget) : MemoryPool<byte>
{
    private const int BlockBytes = 16 * 1024;

    public override int MaxBufferSize => Array.MaxLength;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => new Owner(budget, ArrayPool<byte>.Shared.Rent(Math.Max(minBufferSize, BlockBytes)));

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Owner : IMemoryOwner<byte>
    {
        private readonly BufferBudget _budget;
        private byte[]? _array;

        public Owner(BufferBudget budget, byte[] array)
        {
            (_budget, _array) = (budget, array);
            budget.Count(array.Length);
        }

        public Memory<byte> Memory => _array ?? throw new ObjectDisposedException(nameof(IMemoryOwner<byte>));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _array, null) is not { } array)
                return;
            _budget.Count(-array.Length);
            ArrayPool<byte>.Shared.Return(array, clearArray: true);
        }
    }
}
