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
    private const int Backlog = 64;
    private static readonly SslApplicationProtocol Alpn = new("e3/1");
    private readonly Engine.Engine _engine;
    private readonly Socket _socket;
    private readonly SslServerAuthenticationOptions _tls;
    private readonly SemaphoreSlim _handshakes = new(ProtocolLimits.HandshakesMax);
    private readonly SemaphoreSlim _sessions = new(ProtocolLimits.SessionsMax);

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

    /// <summary>Serves until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            // Peers that nobody knows yet wait in the kernel's queue and take nothing from those who are known.
            await _handshakes.WaitAsync(cancellationToken).ConfigureAwait(false);
            Socket peer = await AcceptAsync(cancellationToken).ConfigureAwait(false);
            _ = Task.Run(() => ServeAsync(peer, cancellationToken), CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _handshakes.Dispose();
        _sessions.Dispose();
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
        bool counted = _sessions.Wait(0, CancellationToken.None);
        bool handshaking = true;
        try
        {
            using CallerSession session = _engine.StartSession();
            await using var tls = new SslStream(new NetworkStream(peer, ownsSocket: true));
            using var buffers = new SessionBuffers();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(ProtocolLimits.HandshakeTimeoutMs);
            await tls.AuthenticateAsServerAsync(_tls, limit.Token).ConfigureAwait(false);

            // TLS lets a peer that names no protocol at all pass.
            if (tls.NegotiatedApplicationProtocol != Alpn)
                throw new AuthenticationException();
            bool keep = counted && await AnswerNextAsync(session, tls, buffers, ProtocolLimits.HelloFrameBytesMax, limit.Token).ConfigureAwait(false);
            _handshakes.Release();
            handshaking = false;
            while (keep)
                keep = await AnswerNextAsync(session, tls, buffers, ProtocolLimits.FrameBytesMax, cancellationToken).ConfigureAwait(false);
            if (!counted)
                await RefuseAsync(tls, ErrorCode.Busy, buffers, limit.Token).ConfigureAwait(false);
            await tls.ShutdownAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or AuthenticationException or ObjectDisposedException)
        {
            // The peer's fault or the end of the program: the session is over either way, and nobody is left to be told.
        }
        finally
        {
            if (handshaking && !cancellationToken.IsCancellationRequested)
                _handshakes.Release();
            if (counted && !cancellationToken.IsCancellationRequested)
                _sessions.Release();
            peer.Dispose();
        }
    }

    private async ValueTask<bool> AnswerNextAsync(CallerSession session, SslStream tls, SessionBuffers buffers, int frameBytesMax, CancellationToken cancellationToken)
    {
        // An open session may be silent between frames, but not within one.
        long length = await buffers.Request.ReadLengthAsync(tls, cancellationToken).ConfigureAwait(false);
        if (length < 0)
            return false;
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(ProtocolLimits.StallTimeoutMs);
        if (length < RequestHeader.Bytes || length > frameBytesMax)
        {
            await RefuseAsync(tls, ErrorCode.FrameLengthInvalid, buffers, stall.Token).ConfigureAwait(false);
            return false;
        }

        await buffers.Request.ReadFrameAsync(tls, (int)length, stall.Token).ConfigureAwait(false);
        bool keep = _engine.Answer(session, buffers.Request.Frame, buffers.Answer);
        await buffers.Answer.WriteToAsync(tls, stall.Token).ConfigureAwait(false);
        buffers.Clear();
        return keep;
    }

    private static async ValueTask RefuseAsync(SslStream tls, ErrorCode code, SessionBuffers buffers, CancellationToken cancellationToken)
    {
        buffers.Answer.Start(AnswerHeader.Bytes);
        new AnswerHeader(default, 0, code).Write(buffers.Answer.Writable);
        await buffers.Answer.WriteToAsync(tls, cancellationToken).ConfigureAwait(false);
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
