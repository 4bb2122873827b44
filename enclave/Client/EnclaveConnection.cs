using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Transport;
using MessagePack;

namespace E3.Relay.Enclave.Client;

/// <summary>
/// One session: TLS 1.3, a Hello whose evidence is verified before anything else is sent, then signed calls. The next may be sent while answers are awaited, which come in the order of the calls.
/// </summary>
public sealed class EnclaveConnection : IAsyncDisposable
{
    private static readonly SslApplicationProtocol Alpn = new("e3/1");

    // The engine bounds the payload of an answer; its last item may go over the bound by as much.
    private const int SlackBytes = 2 * ProtocolLimits.FieldBytesMax;

    private readonly Socket _socket;
    private readonly SslStream _tls;
    private readonly ECDsa _signer;
    private readonly byte[] _callerKeyId;
    private readonly byte[] _channel;
    private readonly FrameDigest _digest = new();
    private readonly FrameBuffer _request = new();
    private readonly FrameBuffer _answer = new();
    private readonly Turn _turn = new();
    private Task _lastAnswer = Task.CompletedTask;
    private ReadOnlyMemory<byte> _sessionNonce = new byte[FrameDigest.NonceBytes];
    private ulong _sequence;
    private volatile bool _broken;
    private bool _disposed;

    private EnclaveConnection(Socket socket, SslStream tls, CallerIdentity caller, byte[] tlsSubjectPublicKeyInfo)
    {
        _socket = socket;
        _tls = tls;
        _signer = caller.CreateSigner();
        _callerKeyId = caller.KeyId;
        TlsSubjectPublicKeyInfo = tlsSubjectPublicKeyInfo;
        _channel = SHA256.HashData(tlsSubjectPublicKeyInfo);
    }

    /// <summary>Who the other end is.</summary>
    public VerifiedAttestation Attestation { get; private set; } = null!;

    /// <summary>The engine's phase when the session was opened.</summary>
    public EnginePhase Phase { get; private set; }

    /// <summary>True when the engine makes test tokens.</summary>
    public bool Simulated { get; private set; }

    /// <summary>
    /// True when the other end has closed the session, as can be seen while no answer is awaited: an engine sends nothing on its own, so whatever there is to read is the end. False does not promise that it is
    /// still there when the next call arrives.
    /// </summary>
    public bool HasEnded
    {
        get
        {
            try
            {
                return _broken || (_lastAnswer.IsCompleted && _socket.Poll(0, SelectMode.SelectRead));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    /// <summary>The key of the certificate that the other end showed.</summary>
    public byte[] TlsSubjectPublicKeyInfo { get; }

    /// <summary>Opens a session.</summary>
    /// <param name="address">Where the engine listens.</param>
    /// <param name="caller">Who calls.</param>
    /// <param name="trust">What is trusted.</param>
    /// <param name="root">Which root key the engine must have.</param>
    /// <param name="time">The time at which certificates must be valid.</param>
    /// <param name="cancellationToken">Bounds the attempt.</param>
    /// <exception cref="EnclaveUnavailableException">Nobody listens there, or not as an engine does.</exception>
    /// <exception cref="EnclaveException">The engine refused the Hello.</exception>
    /// <exception cref="AttestationRefusedException">The other end is not trusted.</exception>
    public static async Task<EnclaveConnection> OpenAsync(
        EnclaveAddress address, CallerIdentity caller, EnclaveTrust trust, RootExpectation root, TimeProvider time, CancellationToken cancellationToken)
    {
        EnclaveConnection? connection = null;
        try
        {
            caller.Refresh();
            connection = await ConnectAsync(address, caller, cancellationToken).ConfigureAwait(false);
            await connection.HelloAsync(caller, trust, root, time, cancellationToken).ConfigureAwait(false);
            EnclaveConnection opened = connection;
            connection = null;
            return opened;
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException)
        {
            throw new EnclaveUnavailableException("no session can be opened", e);
        }
        finally
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Makes a call whose answer has no payload.</summary>
    /// <exception cref="EnclaveException">The engine refused the call.</exception>
    /// <exception cref="EnclaveUnavailableException">The session broke; it is of no further use.</exception>
    public Task CallAsync(CallType call, Wire.Body body, CancellationToken cancellationToken) =>
        CallAsync<object?>(call, body, static (ref MessagePackReader _) => null, cancellationToken, hasAnswer: false);

    /// <summary>Makes a call.</summary>
    /// <param name="call">Which.</param>
    /// <param name="body">Writes the request.</param>
    /// <param name="read">Reads the answer. What it returns must not refer to the reader's memory, which is zeroed afterwards.</param>
    /// <param name="cancellationToken">Cancelling breaks the session, because an answer may still come.</param>
    /// <exception cref="EnclaveException">The engine refused the call.</exception>
    /// <exception cref="EnclaveUnavailableException">The session broke; it is of no further use.</exception>
    public Task<T> CallAsync<T>(CallType call, Wire.Body body, Wire.Reader<T> read, CancellationToken cancellationToken) =>
        CallAsync(call, body, read, cancellationToken, hasAnswer: true);

    /// <summary>Sends a call and returns when it is sent; the task that it returns is the answer's. Answers are read whether or not anybody awaits them.</summary>
    /// <param name="call">Which.</param>
    /// <param name="body">Writes the request. Its memory is not looked at after this method has returned.</param>
    /// <param name="read">Reads the answer, as in <see cref="CallAsync{T}(CallType, Wire.Body, Wire.Reader{T}, CancellationToken)"/>; null when there is nothing in it.</param>
    /// <param name="cancellationToken">Cancelling breaks the session.</param>
    /// <param name="prefix">Bytes in front of the request.</param>
    internal async Task<Task<T>> SendAsync<T>(CallType call, Wire.Body body, Wire.Reader<T>? read, CancellationToken cancellationToken, ReadOnlyMemory<byte> prefix = default)
    {
        await _turn.TakeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_broken)
                throw new EnclaveUnavailableException("the session is closed");
            ulong sequence = WriteRequest(call, prefix.Span, body);
            await _request.WriteToAsync(_tls, cancellationToken).ConfigureAwait(false);
            Task<T> answer = ReadInTurnAsync(_lastAnswer, call, sequence, read, cancellationToken);
            _lastAnswer = answer;
            return answer;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw Broken(new EnclaveUnavailableException("the session broke", e));
        }
        catch (Exception e)
        {
            throw Broken(e);
        }
        finally
        {
            _request.Clear();
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _broken = true;
        if (Interlocked.Exchange(ref _disposed, true))
            return;

        // That ends what is under way; those who wait for their turn find a broken session.
        await _tls.DisposeAsync().ConfigureAwait(false);
        await _turn.TakeAsync(CancellationToken.None).ConfigureAwait(false);
        await _lastAnswer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _signer.Dispose();
        _digest.Dispose();
        _request.Dispose();
        _answer.Dispose();
        _turn.Close();
    }

    private static async Task<EnclaveConnection> ConnectAsync(EnclaveAddress address, CallerIdentity caller, CancellationToken cancellationToken)
    {
        Socket socket = address.CreateSocket();
        SslStream? tls = null;
        try
        {
            await socket.ConnectAsync(address.EndPoint, cancellationToken).ConfigureAwait(false);
            byte[] key = [];
            tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = "e3",
                EnabledSslProtocols = SslProtocols.Tls13,
                ApplicationProtocols = [Alpn],
                AllowTlsResume = false,
                CertificateChainPolicy = new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },

                // The certificate is self-signed by design: its key is judged by the attestation document, before anything but a Hello is sent.
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    key = certificate is null ? [] : ((X509Certificate2)certificate).PublicKey.ExportSubjectPublicKeyInfo();
                    return key.Length > 0;
                },
            };
            await tls.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
            if (tls.NegotiatedApplicationProtocol != Alpn)
                throw new AuthenticationException("not an engine");
            return new(socket, tls, caller, key);
        }
        catch
        {
            if (tls is not null)
                await tls.DisposeAsync().ConfigureAwait(false);
            socket.Dispose();
            throw;
        }
    }

    private async Task HelloAsync(CallerIdentity caller, EnclaveTrust trust, RootExpectation root, TimeProvider time, CancellationToken cancellationToken)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(Hello.NonceBytes);
        var hello = new Hello(ProtocolLimits.Version, ProtocolLimits.Version, nonce, caller.Grant);
        HelloAnswer answer = await CallAsync(CallType.Hello, hello.Write, CopyAnswer, cancellationToken, hasAnswer: true, caller.SubjectPublicKeyInfo).ConfigureAwait(false);
        AttestationError error = AttestationVerifier.Verify(answer.Evidence, TlsSubjectPublicKeyInfo, nonce, trust, root, time.GetUtcNow(), out VerifiedAttestation attestation);
        if (error == AttestationError.None && answer.Phase == EnginePhase.Ready)
            error = trust.Witness?.Judge(attestation.Statement, trust.Restore) ?? AttestationError.None;
        if (error != AttestationError.None)
            throw new AttestationRefusedException(error);
        Attestation = attestation;
        Phase = answer.Phase;
        Simulated = answer.Simulated || attestation.Simulated;
        _sessionNonce = answer.SessionNonce;
    }

    // The answer outlives the frame that it came in.
    private static HelloAnswer CopyAnswer(ref MessagePackReader reader)
    {
        var copy = new MessagePackReader(reader.ReadRaw().First.ToArray());
        return HelloAnswer.Read(ref copy);
    }

    private async Task<T> CallAsync<T>(
        CallType call, Wire.Body body, Wire.Reader<T> read, CancellationToken cancellationToken, bool hasAnswer, ReadOnlyMemory<byte> prefix = default)
    {
        Task<T> answer = await SendAsync(call, body, hasAnswer ? read : null, cancellationToken, prefix).ConfigureAwait(false);
        return await answer.ConfigureAwait(false);
    }

    private async Task<T> ReadInTurnAsync<T>(Task before, CallType call, ulong sequence, Wire.Reader<T>? read, CancellationToken cancellationToken)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            if (_broken)
                throw new EnclaveUnavailableException("the session broke");
            AnswerHeader header = await ReadAnswerAsync(cancellationToken).ConfigureAwait(false);
            if (header.Call != call || header.Sequence != sequence)
                throw header.Code == ErrorCode.None ? new EnclaveUnavailableException("the answer belongs to another call") : Broken(new EnclaveException(header.Code));
            if (header.Code != ErrorCode.None)
                throw new EnclaveException(header.Code);
            T result = default!;
            return read is null || Wire.TryRead(_answer.Frame[AnswerHeader.Bytes..], read, out result) ? result : throw new EnclaveUnavailableException("the answer is malformed");
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw Broken(new EnclaveUnavailableException("the session broke", e));
        }
        catch (Exception e) when (e is not EnclaveException)
        {
            throw Broken(e);
        }
        finally
        {
            _answer.Clear();
        }
    }

    // Whatever comes on the stream from here on, nobody knows what it answers.
    private Exception Broken(Exception exception)
    {
        _broken = true;
        return exception;
    }

    private ulong WriteRequest(CallType call, ReadOnlySpan<byte> prefix, Wire.Body body)
    {
        ulong sequence = _sequence++;
        _request.Start(RequestHeader.Bytes);
        if (!prefix.IsEmpty)
        {
            prefix.CopyTo(_request.GetSpan(prefix.Length));
            _request.Advance(prefix.Length);
        }

        var writer = new MessagePackWriter(_request);
        body(ref writer);
        writer.Flush();
        Span<byte> frame = _request.Writable;
        RequestHeader.Write(frame, call, _callerKeyId, sequence, _channel);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        _digest.Compute(frame, _sessionNonce.Span, digest);
        _signer.SignHash(digest, frame.Slice(RequestHeader.SignedBytes, RequestHeader.SignatureBytes), DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return sequence;
    }

    private async ValueTask<AnswerHeader> ReadAnswerAsync(CancellationToken cancellationToken)
    {
        if (!await _answer.WaitForFrameAsync(_tls, cancellationToken).ConfigureAwait(false))
            throw new EndOfStreamException();
        uint length = await _answer.ReadLengthAsync(_tls, cancellationToken).ConfigureAwait(false);
        if (length < AnswerHeader.Bytes || length > ProtocolLimits.FrameBytesMax + SlackBytes)
            throw new IOException("length");
        await _answer.ReadFrameAsync(_tls, (int)length, cancellationToken).ConfigureAwait(false);
        return AnswerHeader.TryRead(_answer.Frame.Span, out AnswerHeader header) ? header : throw new IOException("header");
    }
}
