using System.Buffers;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>A whole body in rented memory that is cleared when it is given back.</summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int FirstBytes = 4096;

    // A length is declared long before its bytes are there: to believe it would be to hold memory for whoever says a number.
    private const int FirstBytesMax = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly BufferBudget _budget;
    private readonly bool _isCopy;
    private byte[] _array;
    private int _length;
    private bool _disposed;

    /// <summary>Takes the first memory.</summary>
    /// <param name="budget">Counts it.</param>
    /// <param name="sizeHint">How many bytes are expected.</param>
    /// <param name="isCopy">Whether the body passes without this buffer too; then it grows only while half of the budget is free.</param>
    public PooledBuffer(BufferBudget budget, int sizeHint = FirstBytes, bool isCopy = false)
    {
        _budget = budget;
        _isCopy = isCopy;
        _array = ArrayPool<byte>.Shared.Rent(Math.Clamp(sizeHint, FirstBytes, FirstBytesMax));
        _budget.Count(_array.Length);
    }

    /// <summary>Where the memory is counted, and what is needed beside it too.</summary>
    public BufferBudget Budget => _budget;

    public int Length => _length;

    /// <summary>What was written; not to be used after Dispose.</summary>
    public ReadOnlyMemory<byte> Written => _array.AsMemory(0, _length);

    /// <summary>Whether there is memory for another byte: in the array, or in the budget.</summary>
    public bool HasRoom => _length < _array.Length || (_isCopy ? _budget.HasRoomForCopies : !_budget.IsSpent);

    /// <summary>A buffer for the same body as it is after a change.</summary>
    public PooledBuffer CreateOutput()
    {
        var output = new PooledBuffer(_budget);
        output.Reserve(_length);
        return output;
    }

    /// <summary>Reads a stream to its end.</summary>
    public async ValueTask<BodyFill> FillAsync(Stream source, int bytesMax, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!HasRoom)
                return BodyFill.NoRoom;

            // One byte over the limit is enough to know.
            Memory<byte> free = GetMemory(1);
            int room = checked(bytesMax - _length + 1);
            int read = await source.ReadAsync(free.Length > room ? free[..room] : free, cancellationToken);
            if (read == 0)
                return BodyFill.Whole;
            Advance(read);
            if (_length > bytesMax)
                return BodyFill.TooLarge;
        }
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _array.Length - _length);
        _length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _array.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>
    /// Copies from a position. A forwarder may still be reading when the request ends: the lock keeps it from ever seeing memory that was given back.
    /// </summary>
    public int CopyTo(int position, Span<byte> destination)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            int count = Math.Min(destination.Length, _length - position);
            _array.AsSpan(position, count).CopyTo(destination);
            return count;
        }
    }

    /// <summary>Takes bytes off at the beginning.</summary>
    public void TakeOff(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        _array.AsSpan(length, _length - length).CopyTo(_array);
        Shorten(_length - length);
        if (_length <= FirstBytesMax / 2 && _array.Length > 8 * FirstBytesMax)
            Resize(FirstBytesMax);
    }

    /// <summary>Takes bytes off at the end.</summary>
    public void Shorten(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        _array.AsSpan(length, _length - length).Clear();
        _length = length;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            _budget.Count(-_array.Length);
            ArrayPool<byte>.Shared.Return(_array, clearArray: true);
            _array = [];
            _length = 0;
        }
    }

    private void Reserve(int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_array.Length - _length >= count)
            return;
        Resize(Math.Max(checked(_length + count), (int)Math.Min(2L * _array.Length, Array.MaxLength)));
    }

    private void Resize(int bytes)
    {
        byte[] other = ArrayPool<byte>.Shared.Rent(bytes);
        _array.AsSpan(0, _length).CopyTo(other);
        _budget.Count((long)other.Length - _array.Length);
        ArrayPool<byte>.Shared.Return(_array, clearArray: true);
        _array = other;
    }
}
