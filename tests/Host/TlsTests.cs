using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Host.Tests;

public sealed class TlsTests(ReadyHost ready) : IClassFixture<ReadyHost>
{
    // Less than any certificate with its signature takes.
    private const int CertificateBytesMin = 200;

    private readonly RunningHost _host = ready.Host;

    [Fact]
    public async Task Handshake_WithTls13AndTheProtocolsName_Succeeds()
    {
        await using HostConnection connection = await HostConnection.ConnectAsync(_host.EndPoint);
        Assert.Equal(ErrorCode.None, await connection.HelloAsync(_host.Grant(connection)));
    }

    [Fact]
    public Task Handshake_WithTls12_IsRefused() => AssertRefusedAsync(options => options.EnabledSslProtocols = SslProtocols.Tls12);

    [Fact]
    public Task Handshake_ForAnotherProtocol_IsRefused() => AssertRefusedAsync(options => options.ApplicationProtocols = [SslApplicationProtocol.Http2, new("e3/2")]);

    [Fact]
    public async Task Handshake_ForNoProtocol_IsClosedBeforeAHelloIsAnswered()
    {
        await using HostConnection connection = await HostConnection.ConnectAsync(_host.EndPoint, change: options => options.ApplicationProtocols = null);
        await Assert.ThrowsAnyAsync<IOException>(() => connection.HelloAsync(_host.Grant(connection)));
    }

    [Fact]
    public async Task Plaintext_InsteadOfAHandshake_IsClosed()
    {
        using RawHttpConnection connection = await RawHttpConnection.ConnectAsync(_host.EndPoint);
        await connection.SendAsync("GET / HTTP/1.1\r\nHost: e3\r\n\r\n");
        Assert.DoesNotContain("HTTP", System.Text.Encoding.Latin1.GetString(await connection.ReadToEndAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_IsOfTheSameKeyInEverySession_AndOfAnotherInAnotherHost()
    {
        await using HostConnection first = await HostConnection.ConnectAsync(_host.EndPoint);
        await using HostConnection second = await HostConnection.ConnectAsync(_host.EndPoint);
        await using RunningHost other = await RunningHost.BootAsync();
        await using HostConnection third = await HostConnection.ConnectAsync(other.EndPoint);
        Assert.Equal(first.TlsKey, second.TlsKey);
        Assert.NotEqual(first.TlsKey, third.TlsKey);
    }

    [Fact]
    public async Task Session_IsNotResumed()
    {
        long first = await HandshakeBytesAsync(_host.EndPoint);
        Assert.True(await HandshakeBytesAsync(_host.EndPoint) > first - CertificateBytesMin);
    }

    // Without this the test above would not show that the caller tried: where resumption is allowed, the second handshake brings no certificate.
    [Fact]
    public async Task Session_OfAServerThatAllowsIt_IsResumed()
    {
        using var folder = new TempFolder();
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=resuming", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var endPoint = new UnixDomainSocketEndPoint(folder.PathOf("s"));
        listener.Bind(endPoint);
        listener.Listen();
        Task serving = ServeTwiceAsync(listener, certificate);
        long first = await HandshakeBytesAsync(endPoint);
        Assert.True(await HandshakeBytesAsync(endPoint) < first - CertificateBytesMin);
        await serving;
    }

    // Connects as one who would like to resume, and stays until the server has said something: its tickets come before that.
    private static async Task<long> HandshakeBytesAsync(UnixDomainSocketEndPoint endPoint)
    {
        await using HostConnection connection = await HostConnection.ConnectAsync(endPoint, change: options =>
        {
            options.AllowTlsResume = true;
            options.TargetHost = "resumed" + endPoint.ToString()!.Replace('/', '-');
        });
        long bytes = connection.Raw.BytesRead;
        await connection.WriteAsync(HostConnection.Prefix(0));
        await connection.ReadAnswerAsync();
        return bytes;
    }

    private static async Task ServeTwiceAsync(Socket listener, X509Certificate2 certificate)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
            ApplicationProtocols = [new("e3/1")],
            AllowTlsResume = true,
        };
        for (int i = 0; i < 2; i++)
        {
            await using var tls = new SslStream(new NetworkStream(await listener.AcceptAsync(), ownsSocket: true));
            await tls.AuthenticateAsServerAsync(options);
            await tls.ReadExactlyAsync(new byte[4]);
            byte[] answer = new byte[AnswerHeader.Bytes];
            new AnswerHeader(CallType.Hello, 0, ErrorCode.None).Write(answer);
            await tls.WriteAsync((byte[])[.. HostConnection.Prefix(AnswerHeader.Bytes), .. answer]);
        }
    }

    private async Task AssertRefusedAsync(Action<SslClientAuthenticationOptions> change)
    {
        Exception refusal = await Assert.ThrowsAnyAsync<Exception>(() => HostConnection.ConnectAsync(_host.EndPoint, change: change));
        Assert.True(refusal is AuthenticationException or IOException, refusal.ToString());
    }
}
