using System.Buffers;

namespace E3.Relay.Rules.Bodies;

/// <summary>
/// Scans a JSON body that comes in pieces. It holds what cannot be judged yet: the beginning of a token, or an array or object that a selector reads ahead. Sites are places in
/// the body, and values are copies.
/// </summary>
internal sealed class JsonPieces(SelectionBuilder found, ContentKind kind) : IDisposable
{
    private const int WindowBytesMin = 4096;

    private readonly JsonBodyScan _scan = JsonBodyScan.Begin(found, kind, true);
    private byte[] _window = [];
    private int _length, _origin, _wanted;

    /// <summary>How many bytes are held.</summary>
    internal int Held => _length;

    /// <summary>Takes the next piece.</summary>
    /// <returns>False when the body is refused, or more than a body's limit would be held.</returns>
    internal bool Add(ReadOnlySpan<byte> piece)
    {
        if (found.Refusal is not null)
            return false;
        if (piece.Length > found.Limits.BodyBytesMax - _length)
            return found.Refuse(RefusalCode.BodyTooLarge);
        Grow(_length + piece.Length);
        piece.CopyTo(_window.AsSpan(_length));
        _length += piece.Length;
        return _length < _wanted || Read(false);
    }

    /// <summary>Ends the body.</summary>
    internal bool Finish() => found.Refusal is null && Read(true);

    private bool Read(bool isFinal)
    {
        if (!_scan.Read(_window.AsMemory(0, _length), _origin, isFinal, out int consumed))
            return false;
        _window.AsSpan(consumed, _length - consumed).CopyTo(_window);
        _length -= consumed;
        _origin += consumed;
        // What could not be read is read again when there is twice as much of it: else a body in small pieces would be read many times.
        _wanted = consumed == 0 ? 2 * _length : 0;
        return true;
    }

    private void Grow(int length)
    {
        if (length <= _window.Length)
            return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(length, WindowBytesMin));
        _window.AsSpan(0, _length).CopyTo(larger);
        Release();
        _window = larger;
    }

    private void Release()
    {
        if (_window.Length > 0)
            ArrayPool<byte>.Shared.Return(_window, clearArray: true);
        _window = [];
    }

    public void Dispose()
    {
        _scan.Dispose();
        Release();
    }
}
