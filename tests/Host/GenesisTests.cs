using System.Security.Cryptography;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using MessagePack;

namespace E3.Relay.Enclave.Host.Tests;

/// <summary>A fleet's first day and its first restart, over the wire.</summary>
public sealed class GenesisTests
{
    private static readonly GrantedOperation[] Both = [new(TransformOperation.Encrypt), new(TransformOperation.Decrypt)];

    [Fact]
    public async Task Fleet_FromNothing_ToTokensThatOpenAfterARestart()
    {
        await using RunningHost host = await RunningHost.BootAsync();
        await using HostConnection helper = await host.OpenAsync();
        Assert.Equal(EnginePhase.Booting, helper.Hello.Phase);
        Assert.True(helper.Hello.Simulated);

        await host.MakeRootAsync(helper);
        await helper.CallAsync(CallType.SetReady, new Checksum(0, host.Chain.Head).Write);
        await host.CreateAppAsync(helper, "shop");
        KeyDescription[] keys = await helper.CallAsync(CallType.GetPublicKeys, App, KeyDescription.Read);
        Assert.Equal([KeyPurpose.Random, KeyPurpose.ClientP256], keys.Select(key => key.Purpose));

        await using HostConnection application = await host.OpenAsync(Both);
        Assert.Equal(EnginePhase.Ready, application.Hello.Phase);
        string token = Encoding.ASCII.GetString((await application.TransformAsync(TransformOperation.Encrypt, "4242424242424242")).Value.Span);
        Assert.StartsWith("e3.", token, StringComparison.Ordinal);
        Assert.Equal("4242424242424242", await OpenAsync(application, token));

        await using RunningHost again = await host.BootAnotherAsync();
        await using HostConnection newHelper = await again.OpenAsync();
        await again.UnsealAsync(newHelper);
        await newHelper.CallAsync(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, again.Stored));
        await newHelper.CallAsync(CallType.SetReady, new Checksum(again.Chain.Length, again.Chain.Head).Write);
        await using HostConnection newApplication = await again.OpenAsync(Both);
        Assert.Equal("4242424242424242", await OpenAsync(newApplication, token));
    }

    [Fact]
    public async Task Evidence_IsOverTheCertificateTheNonceAndTheState()
    {
        await using RunningHost host = await RunningHost.ReadyAsync();
        await using HostConnection connection = await HostConnection.ConnectAsync(host.EndPoint);
        byte[] nonce = RandomNumberGenerator.GetBytes(Hello.NonceBytes);
        Assert.Equal(ErrorCode.None, await connection.HelloAsync(host.Grant(connection), nonce));
        AttestationStatement statement = connection.Hello.Evidence.Statement;
        Assert.Equal(nonce, host.Module.LastNonce);
        Assert.Equal(statement.UserData(connection.TlsKey), host.Module.LastUserData);
        Assert.Equal(host.Fleet.FleetId, statement.FleetId.ToArray());
        Assert.Equal(host.Chain.Length, statement.ChainLength);
        Assert.Equal(host.Chain.Head.ToArray(), statement.ChainHead.ToArray());
        Assert.Empty(host.Module.LastPublicKey);
    }

    [Fact]
    public async Task Root_OfAnotherFleet_IsRefused_AndTheEngineFailsForGood()
    {
        await using RunningHost host = await RunningHost.BootAsync();
        await using HostConnection helper = await host.OpenAsync();
        CreatedRoot created = await helper.CallAsync(CallType.CreateRoot, RunningHost.Nonce, CreatedRoot.Read);
        await helper.CallAsync(CallType.GetAttestationDocument, RunningHost.Nonce, Evidence.Read);
        var forged = new UnsealRoot(host.Fleet.SignGenesis(created.RootCommitment), Testing.TestFleet.Envelope(new byte[32], host.Module.LastPublicKey));
        Assert.Equal(ErrorCode.RootRejected, (await helper.SendAsync(helper.Caller.Frame(CallType.UnsealRoot, forged.Write))).Code);
        Assert.Equal(ErrorCode.EngineFailed, (await helper.SendAsync(helper.Caller.Frame(CallType.CreateRoot, RunningHost.Nonce))).Code);
        await using HostConnection next = await host.OpenAsync();
        Assert.Equal(EnginePhase.Failed, next.Hello.Phase);
    }

    [Fact]
    public async Task Transform_BeforeTheStateIsComplete_IsRefused()
    {
        await using RunningHost host = await RunningHost.BootAsync();
        await using HostConnection application = await host.OpenAsync(Both);
        Assert.Equal(ErrorCode.PhaseInvalid, (await application.SendAsync(application.EncryptFrame())).Code);
    }

    [Fact]
    public async Task Kinds_MayNotMakeEachOthersCalls()
    {
        await using RunningHost host = await RunningHost.ReadyAsync();
        await using HostConnection helper = await host.OpenAsync();
        await using HostConnection application = await host.OpenAsync(Both);
        Assert.Equal(ErrorCode.CallNotGranted, (await helper.SendAsync(helper.EncryptFrame())).Code);
        Assert.Equal(ErrorCode.CallNotGranted, (await application.SendAsync(application.Caller.Frame(CallType.CreateRoot, RunningHost.Nonce))).Code);
    }

    private static void App(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(1);
        writer.Write("shop");
    }

    private static async Task<string> OpenAsync(HostConnection application, string token)
    {
        TransformResult opened = await application.TransformAsync(TransformOperation.Decrypt, token);
        Assert.Equal(ErrorCode.None, opened.Code);
        return Encoding.UTF8.GetString(opened.Value.Span);
    }
}
