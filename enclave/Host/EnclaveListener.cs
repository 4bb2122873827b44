using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Engine;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.Enclave.Host;

/// <summary>
/// Accepts connections, speaks TLS 1.3, reads frames and writes answers, one after the other in each session: a caller that does not read its answers is not read from either,
/// so nothing queues up here.
/// </summary>
internal sealed class EnclaveListener : IDisposable
{
    // Those who wait to be accepted; a full queue refuses connections, those of honest callers too.
    private const int Backlog = 512;
    private static readonly SslApplicationProtocol Alpn = new("e3/1");
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);
    private readonly Engine.Engine _engine;
    private readonly Socket _socket;
    private readonly SslServerAuthenticationOptions _tls;
    private readonly PendingConnections _pending = new();
    private readonly SemaphoreSlim _hellos = new(ProtocolLimits.HellosMax);

    // Streams always have a next frame ready, and would keep every processor from those who have a field or two.
    private readonly SemaphoreSlim _streams = new(Math.Max(1, Environment.ProcessorCount - 1));
    private readonly TaskCompletionSource _allEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The listener itself counts as one, so that the count reaches zero only after it has ended.
    private int _serving = 1;

    public EnclaveListener(Engine.Engine engine, EnclaveAddress address, X509Certificate2 certificate)
    {
        _engine = engine;
        _tls = new()
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [Alpn],
            AllowTlsResume = false,
            AllowRenegotiation = false,
            ClientCertificateRequired = false,
        };
        _socket = address.CreateSocket();
        _socket.Bind(address.EndPoint);
        _socket.Listen(Backlog);
    }

    /// <summary>Serves until cancelled. True when every session has ended by then, so that nobody uses the engine any more.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                Socket peer = await AcceptAsync(cancellationToken).ConfigureAwait(false);
                Interlocked.Increment(ref _serving);
                _ = Task.Run(() => ServeAsync(peer, cancellationToken), CancellationToken.None);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            EndOne();
            return await Task.WhenAny(_allEnded.Task, Task.Delay(StopTimeout, CancellationToken.None)).ConfigureAwait(false) == _allEnded.Task;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _hellos.Dispose();
        _streams.Dispose();
    }

    private async ValueTask<Socket> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // The peer went away between connect and accept, or there are no descriptors for now.
                await Task.Delay(10, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Socket peer, CancellationToken cancellationToken)
    {
        try
        {
            using CallerSession session = _engine.StartSession();
            await using var tls = new SslStream(new NetworkStream(peer, ownsSocket: true));
            using var buffers = new SessionBuffers();
            bool keep = await HandshakeAsync(session, tls, buffers, cancellationToken).ConfigureAwait(false);
            using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            life.CancelAfter(_engine.RemainingOf(session));
            while (keep)
                keep = await AnswerNextAsync(session, tls, buffers, life.Token).ConfigureAwait(false);
            await tls.ShutdownAsync().WaitAsync(TimeSpan.FromMilliseconds(ProtocolLimits.StallTimeoutMs), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or AuthenticationException or ObjectDisposedException or TimeoutException)
        {
            // The peer's fault or the end of the program: the session is over either way, and nobody is left to be told.
        }
        finally
        {
            peer.Dispose();
            EndOne();
        }
    }

    private async Task<bool> HandshakeAsync(CallerSession session, SslStream tls, SessionBuffers buffers, CancellationToken cancellationToken)
    {
        // Those whom nobody knows push each other out, so that silent ones cannot keep anybody waiting.
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ProtocolLimits.HandshakeTimeoutMs);
        using PendingConnections.Place place = _pending.Enter(limit);
        await tls.AuthenticateAsServerAsync(_tls, limit.Token).ConfigureAwait(false);

        // TLS lets a peer that names no protocol at all pass.
        if (tls.NegotiatedApplicationProtocol != Alpn)
            throw new AuthenticationException();
        if (!await ReadAsync(tls, buffers, ProtocolLimits.HelloFrameBytesMax, limit.Token).ConfigureAwait(false))
            return false;
        await _hellos.WaitAsync(limit.Token).ConfigureAwait(false);
        try
        {
            bool keep = _engine.Answer(session, buffers.Request.Frame, buffers.Answer);
            await WriteAsync(tls, buffers, limit.Token).ConfigureAwait(false);
            return keep;
        }
        finally
        {
            _hellos.Release();
        }
    }

    private async ValueTask<bool> AnswerNextAsync(CallerSession session, SslStream tls, SessionBuffers buffers, CancellationToken cancellationToken)
    {
        // An open session may be silent between frames, but not within one. A frame that has begun is answered, also when the session or the program ends meanwhile.
        if (!await buffers.Request.WaitForFrameAsync(tls, cancellationToken).ConfigureAwait(false))
            return false;
        using var stall = new CancellationTokenSource(ProtocolLimits.StallTimeoutMs);
        if (!await ReadRestAsync(tls, buffers, ProtocolLimits.FrameBytesMax, stall.Token).ConfigureAwait(false))
            return false;

        // The peer is not to blame for the time that its call takes.
        stall.CancelAfter(Timeout.Infinite);
        bool isStream = new RequestHeader(buffers.Request.Frame.Span).Call == CallType.ContinueStream;
        bool keep = isStream ? await AnswerInTurnAsync(session, buffers, cancellationToken).ConfigureAwait(false) : _engine.Answer(session, buffers.Request.Frame, buffers.Answer);
        stall.CancelAfter(ProtocolLimits.StallTimeoutMs);
        await WriteAsync(tls, buffers, stall.Token).ConfigureAwait(false);
        return keep;
    }

    private static async ValueTask<bool> ReadAsync(SslStream tls, SessionBuffers buffers, int frameBytesMax, CancellationToken cancellationToken) =>
        await buffers.Request.WaitForFrameAsync(tls, cancellationToken).ConfigureAwait(false)
        && await ReadRestAsync(tls, buffers, frameBytesMax, cancellationToken).ConfigureAwait(false);

    private static async ValueTask<bool> ReadRestAsync(SslStream tls, SessionBuffers buffers, int frameBytesMax, CancellationToken cancellationToken)
    {
        uint length = await buffers.Request.ReadLengthAsync(tls, cancellationToken).ConfigureAwait(false);
        if (length >= RequestHeader.Bytes && length <= frameBytesMax)
        {
            await buffers.Request.ReadFrameAsync(tls, (int)length, cancellationToken).ConfigureAwait(false);
            return true;
        }

        buffers.Answer.Start(AnswerHeader.Bytes);
        new AnswerHeader(default, 0, ErrorCode.FrameLengthInvalid).Write(buffers.Answer.Writable);
        await buffers.Answer.WriteToAsync(tls, cancellationToken).ConfigureAwait(false);
        return false;
    }

    private static async ValueTask WriteAsync(SslStream tls, SessionBuffers buffers, CancellationToken cancellationToken)
    {
        await buffers.Answer.WriteToAsync(tls, cancellationToken).ConfigureAwait(false);
        buffers.Clear();
    }

    private async ValueTask<bool> AnswerInTurnAsync(CallerSession session, SessionBuffers buffers, CancellationToken cancellationToken)
    {
        await Task.Yield();
        await _streams.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _engine.Answer(session, buffers.Request.Frame, buffers.Answer);
        }
        finally
        {
            _streams.Release();
        }
    }

    private void EndOne()
    {
        if (Interlocked.Decrement(ref _serving) == 0)
            _allEnded.TrySetResult();
    }

    private sealed class SessionBuffers : IDisposable
    {
        public FrameBuffer Request { get; } = new();

        public FrameBuffer Answer { get; } = new();

        public void Clear()
        {
            Request.Clear();
            Answer.Clear();
        }

        public void Dispose()
        {
            Request.Dispose();
            Answer.Dispose();
        }
    }
}
