using System.Net.Sockets;
using E3.Relay.Helper.State;

namespace E3.Relay.Helper.Statistics;

/// <summary>Where lines go: <c>-</c> for the standard output, <c>unix:PATH</c> for a Unix stream socket that somebody listens on, or a file that is appended to. A line that does not get there is dropped: statistics never hold anything up.</summary>
internal sealed class LineSink(string destination) : IAsyncDisposable
{
    private const string SocketPrefix = "unix:";
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(1);
    private Stream? _stream;

    /// <summary>Lines that did not get there.</summary>
    public long Dropped { get; private set; }

    public async Task WriteAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(WriteTimeout);
        try
        {
            _stream ??= await OpenAsync(limit.Token).ConfigureAwait(false);
            await _stream.WriteAsync((byte[])[.. line.Span, (byte)'\n'], limit.Token).ConfigureAwait(false);
            await _stream.FlushAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException or OperationCanceledException)
        {
            Dropped++;
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stream, null) is { } stream)
            await stream.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        if (destination == "-")
            return Console.OpenStandardOutput();
        if (!destination.StartsWith(SocketPrefix, StringComparison.Ordinal))
            return new FileStream(destination, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = PrivateFile.Mode });
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(destination[SocketPrefix.Length..]), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
