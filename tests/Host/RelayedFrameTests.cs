using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Host.Tests;

/// <summary>A man in the middle who ends TLS with a certificate of its own and passes every byte on.</summary>
public sealed class RelayedFrameTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private RunningHost _host = null!;
    private Task _relaying = Task.CompletedTask;

    private UnixDomainSocketEndPoint EndPoint => new(_folder.PathOf("m"));

    public async ValueTask InitializeAsync()
    {
        _host = await RunningHost.ReadyAsync();
        _listener.Bind(EndPoint);
        _listener.Listen();
        _relaying = RelayAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _relaying.WaitAsync(TimeBound.Default);
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Hello_Relayed_IsRefusedAsMeantForAnotherEndpoint()
    {
        await using HostConnection relayed = await HostConnection.ConnectAsync(EndPoint);
        Assert.Equal(ErrorCode.ChannelMismatch, await relayed.HelloAsync(Grant(relayed)));
        await relayed.AssertClosedAsync();
    }

    [Fact]
    public async Task Hello_RelayedWithTheChannelPutRight_IsRefusedByItsSignature()
    {
        await using HostConnection direct = await HostConnection.ConnectAsync(_host.EndPoint);
        await using HostConnection relayed = await HostConnection.ConnectAsync(EndPoint);
        byte[] frame = relayed.Caller.HelloFrame(Grant(relayed));
        int channel = frame.AsSpan().IndexOf(relayed.Caller.Channel);
        direct.Caller.Channel.CopyTo(frame, channel);
        Assert.Equal(ErrorCode.SignatureInvalid, (await relayed.SendAsync(frame)).Code);
        await relayed.AssertClosedAsync();
    }

    [Fact]
    public async Task Relay_PassesOnWhatIsMeantForTheEngine()
    {
        // Without this the two tests above would not show that it was the engine who refused.
        await using HostConnection direct = await HostConnection.ConnectAsync(_host.EndPoint);
        await using HostConnection relayed = await HostConnection.ConnectAsync(EndPoint);
        relayed.Caller.Channel = direct.Caller.Channel;
        Assert.Equal(ErrorCode.None, await relayed.HelloAsync(Grant(relayed)));
    }

    private byte[] Grant(HostConnection connection) => _host.Grant(connection, new GrantedOperation(TransformOperation.Encrypt));

    private async Task RelayAsync()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=relay", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        try
        {
            using Socket peer = await _listener.AcceptAsync();
            await using var caller = new SslStream(new NetworkStream(peer));
            await caller.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, ApplicationProtocols = [new("e3/1")] });
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(_host.EndPoint);
            await using var engine = new SslStream(new NetworkStream(socket));
            await engine.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "e3",
                ApplicationProtocols = [new("e3/1")],
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            });
            await Task.WhenAny(caller.CopyToAsync(engine), engine.CopyToAsync(caller));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
