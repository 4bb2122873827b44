using System.Buffers;
using System.Buffers.Binary;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace E3.Relay.Proxy.Codings;

/// <summary>Undoes <c>zstd</c> (RFC 8878). There is one frame, and none to be skipped: readers differ about what follows the first.</summary>
internal sealed class ZstandardReader : CodingReader
{
    private const uint FrameMagic = 0xFD2FB528;

    // 8 MiB, which is what RFC 9659 allows in HTTP.
    private const int WindowBitsMax = 23, BlockHeadBytes = 3, DescriptorAt = 5;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly Decompressor _decompressor;
    private readonly ulong? _declaredLength;
    private ulong _length;
    private int _position;
    private bool _isDone;

    /// <summary>Begins with a body.</summary>
    /// <exception cref="InvalidDataException">No frame with data.</exception>
    public ZstandardReader(ReadOnlyMemory<byte> body)
    {
        // The decompressor goes on with what follows the first frame.
        if (FrameLength(body.Span) != body.Length)
            throw new InvalidDataException();
        _body = body;
        WindowBytes = WindowOf(body.Span);
        _declaredLength = DeclaredLength(body.Span);
        _decompressor = new Decompressor();
        _decompressor.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, WindowBitsMax);
    }

    public override int WindowBytes { get; }

    // Where the last block is empty, the decompressor does not compare what the frame says of its length; others do.
    public override bool IsWhole => _isDone && _position == _body.Length && (_declaredLength ?? _length) == _length;

    public override int Read(Span<byte> destination)
    {
        if (_isDone)
            return 0;
        try
        {
            OperationStatus status = _decompressor.UnwrapStream(_body.Span[_position..], destination, out int consumed, out int written);
            _position += consumed;
            _length += (ulong)written;
            _isDone = status == OperationStatus.Done;
            return written;
        }
        catch (ZstdException)
        {
            throw new InvalidDataException();
        }
    }

    protected override void Dispose(bool disposing) => _decompressor.Dispose();

    /// <summary>The length of the text as a frame says it (RFC 8878, section 3.1.1.1.4); null when it does not.</summary>
    private static ulong? DeclaredLength(ReadOnlySpan<byte> frame)
    {
        bool isSingleSegment = (frame[4] & 0x20) != 0;
        ReadOnlySpan<byte> field = frame[(DescriptorAt + (isSingleSegment ? 0 : 1))..];
        return (frame[4] >> 6) switch
        {
            0 => isSingleSegment ? field[0] : null,
            1 => BinaryPrimitives.ReadUInt16LittleEndian(field) + 256UL,
            2 => BinaryPrimitives.ReadUInt32LittleEndian(field),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(field),
        };
    }

    /// <summary>The window of a frame (RFC 8878, section 3.1.1.1.2). Where it is the whole text, which is one segment, it is the largest that there is unless the text is short. Larger ones are refused.</summary>
    private static int WindowOf(ReadOnlySpan<byte> frame)
    {
        int sizeFlag = frame[4] >> 6;
        if ((frame[4] & 0x20) != 0)
            return sizeFlag == 0 ? byte.MaxValue : sizeFlag == 1 ? ushort.MaxValue : 1 << WindowBitsMax;
        int exponent = Math.Min(frame[DescriptorAt] >> 3, WindowBitsMax - 10), mantissa = frame[DescriptorAt] & 7;
        return (1 << (10 + exponent)) / 8 * (8 + mantissa);
    }

    /// <summary>The length of the frame at the start (RFC 8878, section 3.1.1); -1 when it does not end here, is none, or wants a dictionary.</summary>
    private static long FrameLength(ReadOnlySpan<byte> body)
    {
        if (body.Length < 5 || BinaryPrimitives.ReadUInt32LittleEndian(body) != FrameMagic)
            return -1;
        byte descriptor = body[4];
        bool isSingleSegment = (descriptor & 0x20) != 0, hasChecksum = (descriptor & 4) != 0, hasDictionary = (descriptor & 3) != 0;
        int sizeFlag = descriptor >> 6;
        if (hasDictionary || (descriptor & 8) != 0)
            return -1;
        int at = 5 + (isSingleSegment ? 0 : 1) + (sizeFlag > 0 ? 1 << sizeFlag : isSingleSegment ? 1 : 0);
        for (bool isLast = false; !isLast;)
        {
            if (at + BlockHeadBytes > body.Length)
                return -1;
            int head = body[at] | (body[at + 1] << 8) | (body[at + 2] << 16);
            isLast = (head & 1) != 0;
            bool isRepeatedByte = ((head >> 1) & 3) == 1;
            at += BlockHeadBytes + (isRepeatedByte ? 1 : head >> 3);
        }

        return at + (hasChecksum ? 4 : 0);
    }
}
