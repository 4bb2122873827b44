using System.Buffers;
using System.IO.Compression;

namespace E3.Relay.Proxy.Codings;

/// <summary>Undoes <c>br</c> (RFC 7932). It has no checksum.</summary>
internal sealed class BrotliReader(ReadOnlyMemory<byte> body) : CodingReader
{
    // No field of a readonly struct type: each call changes it.
    private BrotliDecoder _decoder;
    private int _position;
    private bool _isDone;

    public override int WindowBytes { get; } = body.IsEmpty ? 0 : 1 << WindowBits(body.Span[0]);

    public override bool IsWhole => _isDone && _position == body.Length;

    public override int Read(Span<byte> destination)
    {
        if (_isDone)
            return 0;
        OperationStatus status = _decoder.Decompress(body.Span[_position..], destination, out int consumed, out int written);
        if (status == OperationStatus.InvalidData)
            throw new InvalidDataException();
        _position += consumed;
        _isDone = status == OperationStatus.Done;
        return written;
    }

    protected override void Dispose(bool disposing) => _decoder.Dispose();

    // RFC 7932, section 9.1. What is reserved there is refused when it is read.
    private static int WindowBits(byte first) => (first & 1, (first >> 1) & 7, (first >> 4) & 7) switch
    {
        (0, _, _) => 16,
        (_, 0, 0) => 17,
        (_, 0, int few) => 8 + few,
        (_, int many, _) => 17 + many,
    };
}
