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
}
