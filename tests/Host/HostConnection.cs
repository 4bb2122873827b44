using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;
using MessagePack;

namespace E3.Relay.Enclave.Host.Tests;

/// <summary>A TLS connection to the host whose frames are made by hand.</summary>
internal sealed class HostConnection : IAsyncDisposable
{
    private readonly SslStream _tls;

    private HostConnection(SslStream tls, CountingStream raw, TestCaller caller, byte[] tlsKey)
    {
        _tls = tls;
        Raw = raw;
        Caller = caller;
        TlsKey = tlsKey;
    }

    public TestCaller Caller { get; }

    /// <summary>What lies under TLS.</summary>
    public CountingStream Raw { get; }

    /// <summary>The SubjectPublicKeyInfo of the certificate that the other end showed.</summary>
    public byte[] TlsKey { get; }

    /// <summary>The answer to the Hello.</summary>
    public HelloAnswer Hello { get; private set; } = null!;

    public static async Task<HostConnection> ConnectAsync(EndPoint endPoint, TestCaller? caller = null, Action<SslClientAuthenticationOptions>? change = null)
    {
        using var bound = new CancellationTokenSource(TimeBound.Default);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        byte[] key = [];
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "e3",
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [new("e3/1")],
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                key = ((X509Certificate2)certificate!).PublicKey.ExportSubjectPublicKeyInfo();
                return true;
            },
        };
        change?.Invoke(options);
        CountingStream? raw = null;
        try
        {
            await socket.ConnectAsync(endPoint, bound.Token);
            raw = new CountingStream(new NetworkStream(socket, ownsSocket: true));
            var tls = new SslStream(raw);
            await tls.AuthenticateAsClientAsync(options, bound.Token);
            caller ??= new TestCaller();
            caller.Channel = SHA256.HashData(key);
            return new(tls, raw, caller, key);
        }
        catch
        {
            raw?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    public async Task<ErrorCode> HelloAsync(byte[] grant, byte[]? nonce = null)
    {
        (ErrorCode code, byte[] payload) = await SendAsync(Caller.HelloFrame(grant, nonce));
        if (code != ErrorCode.None)
            return code;
        Assert.True(Wire.TryRead(payload, HelloAnswer.Read, out HelloAnswer answer));
        Hello = answer;
        Caller.SessionNonce = answer.SessionNonce;
        return code;
    }

    /// <summary>Sends a frame and reads the answer.</summary>
    public async Task<(ErrorCode Code, byte[] Payload)> SendAsync(byte[] frame)
    {
        await WriteAsync([.. Prefix((uint)frame.Length), .. frame]);
        return await ReadAnswerAsync();
    }

    /// <summary>Sends bytes as they are, without a length in front.</summary>
    public async Task WriteAsync(byte[] bytes)
    {
        using var bound = new CancellationTokenSource(TimeBound.Default);
        await _tls.WriteAsync(bytes, bound.Token);
        await _tls.FlushAsync(bound.Token);
    }

    public async Task<(ErrorCode Code, byte[] Payload)> ReadAnswerAsync()
    {
        using var bound = new CancellationTokenSource(TimeBound.Default);
        byte[] prefix = new byte[sizeof(uint)];
        await _tls.ReadExactlyAsync(prefix, bound.Token);
        byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
        await _tls.ReadExactlyAsync(frame, bound.Token);
        Assert.True(AnswerHeader.TryRead(frame, out AnswerHeader header));
        return (header.Code, frame[AnswerHeader.Bytes..]);
    }

    public async Task CallAsync(CallType call, Wire.Body body) => Assert.Equal(ErrorCode.None, (await SendAsync(Caller.Frame(call, body))).Code);

    public async Task<T> CallAsync<T>(CallType call, Wire.Body body, Wire.Reader<T> read)
    {
        (ErrorCode code, byte[] payload) = await SendAsync(Caller.Frame(call, body));
        Assert.Equal(ErrorCode.None, code);
        Assert.True(Wire.TryRead(payload, read, out T answer));
        return answer;
    }

    public async Task<TransformResult> TransformAsync(TransformOperation operation, string value)
    {
        TransformResult[] results = await CallAsync(CallType.Transform, TestCaller.Transform(Group(operation, value)), (ref MessagePackReader reader) =>
        {
            Wire.ReadArray(ref reader, 1);
            var read = new TransformResult[1];
            TransformResult.ReadGroup(ref reader, read);
            return read;
        });
        return results[0];
    }

    public byte[] EncryptFrame(int fields = 1) => Caller.Frame(CallType.Transform, TestCaller.Transform(Group(TransformOperation.Encrypt, "4242424242424242", fields)));

    /// <summary>Reads until the other end closes, and says that it sent nothing more.</summary>
    public async Task AssertClosedAsync()
    {
        using var bound = new CancellationTokenSource(TimeBound.Default);
        byte[] rest = new byte[1];
        try
        {
            Assert.Equal(0, await _tls.ReadAsync(rest, bound.Token));
        }
        catch (IOException)
        {
            // A reset is an end too.
        }
    }

    public static byte[] Prefix(uint length)
    {
        byte[] prefix = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(prefix, length);
        return prefix;
    }

    public async ValueTask DisposeAsync()
    {
        await _tls.DisposeAsync();
        Caller.Dispose();
    }

    private static TransformGroup Group(TransformOperation operation, string value, int fields = 1) =>
        new() { Operation = operation, App = "shop", Role = "card", Items = [.. Enumerable.Repeat(new TransformItem(DataType.String, Encoding.UTF8.GetBytes(value)), fields)] };
}
