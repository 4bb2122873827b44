namespace E3.Relay.Proxy.Codings;

/// <summary>Undoes one coding of a body that is there as a whole.</summary>
internal abstract class CodingReader : IDisposable
{
    /// <summary>The largest window of deflate data (RFC 1951, section 2).</summary>
    protected const int DeflateWindowBytes = 32 * 1024;

    /// <summary>Whether the data ended, its checks hold, and the last byte of the body was the last byte of it. To be asked when there is nothing more to read.</summary>
    public abstract bool IsWhole { get; }

    /// <summary>How much memory the reader may hold beside what it writes, in bytes: the window that the body asks for.</summary>
    public abstract int WindowBytes { get; }

    /// <summary>Writes what comes next.</summary>
    /// <returns>How many bytes; 0 when nothing more comes.</returns>
    /// <exception cref="IOException">The data does not follow the coding (or <see cref="InvalidDataException"/>).</exception>
    public abstract int Read(Span<byte> destination);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
