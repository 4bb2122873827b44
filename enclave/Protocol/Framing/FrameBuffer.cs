using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace E3.Relay.Enclave.Protocol.Framing;

/// <summary>
/// A growing byte buffer that holds one frame with its length prefix, read from or written to a stream. It is reused from frame to frame,
/// and every byte that it held is zeroed before it is reused or given up: frames carry plaintext.
/// </summary>
public sealed class FrameBuffer : IBufferWriter<byte>, IDisposable
{
    /// <summary>Bytes of the length prefix.</summary>
    public const int PrefixBytes = sizeof(uint);

    private const int StartBytes = 4096;

    // What is larger is given back as soon as the frame is done with: a session that was used once for much must not hold it for good. A few of a size that frames of files fit are kept for all.
    private const int KeepBytesMax = 256 * 1024;
    private const int LargeBytes = 512 * 1024;
    private const int LargeKeptMax = 16;
    private const int PieceBytes = 4096;

    // Sends over 16 KiB stall on some vsock devices; one TLS record is 16 KiB too.
    private const int SendBytesMax = 16 * 1024;

    private static readonly Stack<byte[]> Large = new();
    private readonly byte[] _small = GC.AllocateUninitializedArray<byte>(StartBytes, pinned: true);
    private byte[] _bytes;
    private int _length = PrefixBytes;
    private int _prefixRead;

    // Whoever was handed memory may have written to it and then given up: up to here everything is zeroed.
    private int _touched = PrefixBytes;

    /// <summary>Makes an empty buffer.</summary>
    public FrameBuffer() => _bytes = _small;

    /// <summary>The frame without its length prefix.</summary>
    public ReadOnlyMemory<byte> Frame => _bytes.AsMemory(PrefixBytes, _length - PrefixBytes);

    /// <summary>The frame without its length prefix, to be changed in place.</summary>
    public Span<byte> Writable => _bytes.AsSpan(PrefixBytes, _length - PrefixBytes);

    /// <summary>Starts a new frame and leaves room for its header.</summary>
    public void Start(int headerBytes)
    {
        Clear();
        Reserve(headerBytes);
        _bytes.AsSpan(PrefixBytes, headerBytes).Clear();
        _length = checked(PrefixBytes + headerBytes);
        Touch(_length);
    }

    /// <summary>Cuts the frame back to a length counted without the prefix, and zeroes what is cut.</summary>
    public void Truncate(int frameBytes)
    {
        int length = checked(PrefixBytes + frameBytes);
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(length, _length - length));
        _length = length;
    }

    /// <inheritdoc/>
    public void Advance(int count) => _length = checked(_length + count);

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 256));
        int handed = Math.Min(Math.Max(sizeHint, PieceBytes), _bytes.Length - _length);
        Touch(_length + handed);
        return _bytes.AsMemory(_length, handed);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Writes the length prefix, then prefix and frame to the stream.</summary>
    public async ValueTask WriteToAsync(Stream stream, CancellationToken cancellationToken)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_bytes, (uint)(_length - PrefixBytes));
        for (int sent = 0; sent < _length; sent += SendBytesMax)
            await stream.WriteAsync(_bytes.AsMemory(sent, Math.Min(SendBytesMax, _length - sent)), cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for the first bytes of a frame, for as long as the peer likes; false at the orderly end of the stream.</summary>
    public async ValueTask<bool> WaitForFrameAsync(Stream stream, CancellationToken cancellationToken)
    {
        Clear();
        _prefixRead = await stream.ReadAsync(_bytes.AsMemory(0, PrefixBytes), cancellationToken).ConfigureAwait(false);
        return _prefixRead > 0;
    }

    /// <summary>Reads the rest of the length prefix and returns the length that it announces. Nothing is set aside for the frame yet.</summary>
    public async ValueTask<uint> ReadLengthAsync(Stream stream, CancellationToken cancellationToken)
    {
        await stream.ReadExactlyAsync(_bytes.AsMemory(_prefixRead, PrefixBytes - _prefixRead), cancellationToken).ConfigureAwait(false);
        return BinaryPrimitives.ReadUInt32BigEndian(_bytes);
    }

    /// <summary>Reads the frame whose length was announced and found to be within the limit.</summary>
    public async ValueTask ReadFrameAsync(Stream stream, int length, CancellationToken cancellationToken)
    {
        Reserve(length);
        Touch(PrefixBytes + length);
        await stream.ReadExactlyAsync(_bytes.AsMemory(PrefixBytes, length), cancellationToken).ConfigureAwait(false);
        _length = checked(PrefixBytes + length);
    }

    /// <summary>Zeroes what the buffer held and empties it.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(0, _touched));
        _length = _touched = PrefixBytes;
        if (_bytes.Length <= KeepBytesMax)
            return;
        lock (Large)
        {
            if (_bytes.Length == LargeBytes && Large.Count < LargeKeptMax)
                Large.Push(_bytes);
        }

        _bytes = _small;
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private void Touch(int end) => _touched = Math.Max(_touched, end);

    private void Reserve(int more)
    {
        int needed = checked(_length + more);
        if (needed <= _bytes.Length)
            return;
        byte[] larger = Allocate(Math.Max(needed, checked(_bytes.Length * 2)));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        CryptographicOperations.ZeroMemory(_bytes);
        _bytes = larger;
    }

    private static byte[] Allocate(int bytes)
    {
        bool isLarge = bytes is > KeepBytesMax and <= LargeBytes;
        lock (Large)
        {
            if (isLarge && Large.TryPop(out byte[]? kept))
                return kept;
        }

        return GC.AllocateUninitializedArray<byte>(isLarge ? LargeBytes : bytes, pinned: true);
    }
}
