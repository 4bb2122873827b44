using System.Net.Sockets;
using System.Security.Cryptography;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Testing;

namespace E3.Relay.Proxy.Tests;

/// <summary>Without a genuine engine at the other end there is a reason, and never a result. With one: the end-to-end tests.</summary>
public sealed class EnclaveCipherTests : IDisposable
{
    private static readonly TransformGroup[] Groups = [new() { Operation = TransformOperation.Encrypt, App = "shop", Role = "card", Items = [new TransformItem(DataType.String, "4242"u8.ToArray())] }];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Cipher_WithoutKeyAndGrant_IsNotReadyAndRefuses()
    {
        await using EnclaveCipher cipher = Create();
        Assert.False(cipher.TryOpen(TimeProvider.System));
        Assert.False(cipher.Status.Ready);
        Assert.Equal("the caller's key and grant are missing", cipher.Status.Reason);
        CipherException exception = await Assert.ThrowsAsync<CipherException>(async () => await cipher.TransformAsync(Groups, CancellationToken.None));
        Assert.Equal(ErrorCode.None, exception.Code);
        await cipher.ProbeAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData("no key at all")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public async Task Cipher_WithABrokenKey_IsNotReady(string pem)
    {
        WriteIdentity(pem);
        await using EnclaveCipher cipher = Create();
        Assert.False(cipher.TryOpen(TimeProvider.System));
        Assert.False(cipher.Status.Ready);
    }

    [Fact]
    public async Task Cipher_WithoutTrustFile_NamesTheKindOfFailureOnly()
    {
        WriteIdentity(NewKey());
        await using EnclaveCipher cipher = Create();
        Assert.True(cipher.TryOpen(TimeProvider.System));
        await TimeBound.UntilAsync(() => cipher.Status.Reason == nameof(FileNotFoundException), "the reason");
        await Assert.ThrowsAsync<CipherException>(async () => await cipher.TransformAsync(Groups, CancellationToken.None));
    }

    [Fact]
    public async Task Cipher_WithSomethingElseListening_SendsItNothingAndIsNotReady()
    {
        WriteIdentity(NewKey());
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_folder.PathOf("enclave.sock")));
        listener.Listen();
        await using EnclaveCipher cipher = Create();
        Assert.True(cipher.TryOpen(TimeProvider.System));
        await Assert.ThrowsAsync<CipherException>(async () => await cipher.TransformAsync(Groups, CancellationToken.None));
        Assert.False(cipher.Status.Ready);
        Assert.False(cipher.Simulated);
    }

    private EnclaveCipher Create()
    {
        Assert.True(EnclaveAddress.TryParse("unix:" + _folder.PathOf("enclave.sock"), out EnclaveAddress address));
        return new EnclaveCipher("requests", _folder.PathOf("requests"), new EnclaveClientOptions { Address = address }, new TrustSource(_folder.PathOf("trust.json"), null, allowsEmulated: false, new(_folder.PathOf("witness.json"))));
    }

    private void WriteIdentity(string pem)
    {
        Directory.CreateDirectory(_folder.PathOf("requests"));
        File.WriteAllText(_folder.PathOf("requests", CallerIdentity.KeyFileName), pem);
        File.WriteAllBytes(_folder.PathOf("requests", CallerIdentity.GrantFileName), [1, 2, 3]);
    }

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem();
    }
}
