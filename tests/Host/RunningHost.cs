using System.Net.Sockets;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Testing;
using MessagePack;

namespace E3.Relay.Enclave.Host.Tests;

/// <summary>The built enclave program on a Unix socket of its own, with a simulated security module beside it.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ModuleSocket _module;

    private RunningHost(TestFleet fleet)
    {
        Fleet = fleet;
        _module = new ModuleSocket(_folder.PathOf("nsm"));
        File.WriteAllBytes(_folder.PathOf("config.json"), fleet.ConfigurationJson());
        Program = Start(["--config", _folder.PathOf("config.json"), "--listen", "unix:" + SocketPath, "--nsm", "unix:" + _folder.PathOf("nsm"), "--parent-stdin"]);
    }

    public ChildProgram Program { get; }

    public TestFleet Fleet { get; }

    public UnsignedSecurityModule Module => _module.Module;

    /// <summary>How long the security module takes for each answer.</summary>
    public TimeSpan ModuleDelay
    {
        set => _module.Delay = value;
    }

    public string SocketPath => _folder.PathOf("e3");

    public UnixDomainSocketEndPoint EndPoint => new(SocketPath);

    public StateChain Chain { get; private init; } = new();

    public List<ReadOnlyMemory<byte>> Stored { get; private init; } = [];

    public byte[] Wrapped { get; private set; } = [];

    public byte[] Genesis { get; private set; } = [];

    /// <summary>Starts the program with any arguments at all: the one that was built, or the published one that <c>E3_HOST_PROGRAM</c> names.</summary>
    public static ChildProgram Start(params string[] arguments) =>
        ChildProgram.Start(Environment.GetEnvironmentVariable("E3_HOST_PROGRAM") ?? StartedPrograms.PathOf("E3.Relay.Enclave.Host"), arguments);

    /// <summary>A host that has no root key yet.</summary>
    public static async Task<RunningHost> BootAsync()
    {
        var host = new RunningHost(new TestFleet());
        await host.Program.WaitForLineAsync("E3 4001 listening");
        return host;
    }

    /// <summary>A host with its root key, the app <c>shop</c> and its hot path open.</summary>
    public static async Task<RunningHost> ReadyAsync()
    {
        RunningHost host = await BootAsync();
        await using HostConnection helper = await host.OpenAsync();
        await host.MakeRootAsync(helper);
        await helper.CallAsync(CallType.SetReady, new Checksum(0, host.Chain.Head).Write);
        await host.CreateAppAsync(helper, "shop");
        return host;
    }

    /// <summary>Another host of the same fleet, without a root key, beside this one.</summary>
    public async Task<RunningHost> BootAnotherAsync()
    {
        var host = new RunningHost(Fleet) { Chain = Chain, Stored = Stored, Wrapped = Wrapped, Genesis = Genesis };
        await host.Program.WaitForLineAsync("E3 4001 listening");
        return host;
    }

    /// <summary>Opens a session; without operations it is a helper's. On a busy machine a handshake may miss its bound, so it is tried again.</summary>
    public async Task<HostConnection> OpenAsync(params GrantedOperation[] operations)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                HostConnection connection = await HostConnection.ConnectAsync(EndPoint);
                Assert.Equal(ErrorCode.None, await connection.HelloAsync(Grant(connection, operations)));
                return connection;
            }
            catch (IOException) when (attempt < 5)
            {
                // Dropped; once more.
            }
        }
    }

    public byte[] Grant(HostConnection connection, params GrantedOperation[] operations) => Fleet.Grant(connection.Caller, TimeProvider.System.GetUtcNow(), operations);

    public async Task MakeRootAsync(HostConnection helper)
    {
        CreatedRoot created = await helper.CallAsync(CallType.CreateRoot, Nonce, CreatedRoot.Read);
        Wrapped = created.WrappedRoot.ToArray();
        Genesis = Fleet.SignGenesis(created.RootCommitment);
        await UnsealAsync(helper);
    }

    public async Task UnsealAsync(HostConnection helper)
    {
        await helper.CallAsync(CallType.GetAttestationDocument, Nonce, Evidence.Read);
        await helper.CallAsync(CallType.UnsealRoot, new UnsealRoot(Genesis, TestFleet.Reencrypt(Wrapped, Module.LastPublicKey)).Write);
    }

    public Task CreateAppAsync(HostConnection helper, string app) => CreateKeysAsync(helper, [new(app, KeyPurpose.Random), new(app, KeyPurpose.ClientP256)]);

    /// <summary>Makes keys in one call, stores them, and hands them in.</summary>
    public async Task CreateKeysAsync(HostConnection helper, KeyRequest[] requests)
    {
        ReadOnlyMemory<byte>[] entries = await helper.CallAsync(CallType.CreateKey, (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, requests), Entries.Read);
        await helper.CallAsync(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, entries));
        foreach (ReadOnlyMemory<byte> entry in entries)
        {
            Stored.Add(entry);
            Chain.Append(entry.Span);
        }

        await helper.CallAsync(CallType.ActivateKey, (ref MessagePackWriter writer) =>
        {
            writer.WriteArrayHeader(1);
            writer.Write(Chain.Length);
        });
    }

    public static void Nonce(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(1);
        writer.Write(RandomNumberGenerator.GetBytes(32));
    }

    public async ValueTask DisposeAsync()
    {
        await Program.DisposeAsync();
        await _module.DisposeAsync();
        _folder.Dispose();
    }
}
