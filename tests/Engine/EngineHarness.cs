using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Testing;
using MessagePack;
using Microsoft.Extensions.Time.Testing;

namespace E3.Relay.Enclave.Engine.Tests;

/// <summary>An engine in memory, spoken to in frames as a peer would.</summary>
internal sealed class EngineHarness : IDisposable
{
    private readonly byte[] _tlsKey = RandomNumberGenerator.GetBytes(91);

    public EngineHarness(TestFleet? fleet = null)
    {
        Fleet = fleet ?? new TestFleet();
        Module = new FakeSecurityModule(Time);
        Engine = new Engine(MeasuredConfiguration.TryRead(Fleet.ConfigurationJson())!, Module, _tlsKey, Time);
    }

    public TestFleet Fleet { get; }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public FakeSecurityModule Module { get; }

    public Engine Engine { get; }

    public List<ReadOnlyMemory<byte>> Stored { get; } = [];

    public StateChain Chain { get; } = new();

    public byte[] Wrapped { get; private set; } = [];

    public byte[] Genesis { get; private set; } = [];

    public ReadOnlyMemory<byte> RootCommitment
    {
        get
        {
            Assert.True(SignedDocument.TryRead(Genesis, out SignedDocument document));
            Assert.True(Protocol.Documents.Genesis.TryRead(document.Body, out Genesis genesis));
            return genesis.RootCommitment;
        }
    }

    public DateTimeOffset Now => Time.GetUtcNow();

    public byte[] Channel => SHA256.HashData(_tlsKey);

    /// <summary>An engine with its root, the app <c>shop</c>, and its hot path open.</summary>
    public static EngineHarness Ready(TestFleet? fleet = null)
    {
        var harness = new EngineHarness(fleet);
        using HarnessSession helper = harness.Open();
        harness.MakeRoot(helper);
        helper.Call(CallType.SetReady, new Checksum(0, harness.Chain.Head).Write);
        harness.CreateApp(helper, "shop");
        return harness;
    }

    /// <summary>Another engine of the same fleet, brought up from what was stored.</summary>
    public EngineHarness Restart(bool ready = true)
    {
        var again = new EngineHarness(Fleet) { Wrapped = Wrapped, Genesis = Genesis };
        using HarnessSession helper = again.Open();
        again.Unseal(helper);
        if (!ready)
            return again;
        helper.Call(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, Stored));
        helper.Call(CallType.SetReady, new Checksum(Chain.Length, Chain.Head).Write);
        return again;
    }

    /// <summary>Opens a session; without operations it is a helper's.</summary>
    public HarnessSession Open(params GrantedOperation[] operations)
    {
        var caller = new TestCaller { Channel = Channel };
        var session = new HarnessSession(Engine, caller);
        Assert.Equal(ErrorCode.None, session.Hello(Fleet.Grant(caller, Now, operations)));
        return session;
    }

    public void MakeRoot(HarnessSession helper)
    {
        CreatedRoot created = helper.Call(CallType.CreateRoot, Nonce, CreatedRoot.Read);
        Wrapped = created.WrappedRoot.ToArray();
        Genesis = Fleet.SignGenesis(created.RootCommitment);
        Unseal(helper);
    }

    public void Unseal(HarnessSession helper)
    {
        helper.Call(CallType.GetAttestationDocument, Nonce, Evidence.Read);
        helper.Call(CallType.UnsealRoot, new UnsealRoot(Genesis, TestFleet.Reencrypt(Wrapped, Module.LastPublicKey)).Write);
    }

    public void CreateApp(HarnessSession helper, string app)
    {
        KeyRequest[] requests = [.. Enum.GetValues<KeyPurpose>().Where(static purpose => purpose < KeyPurpose.Retirement).Select(purpose => new KeyRequest(app, purpose))];
        Activate(helper, CallType.CreateKey, (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, requests));
    }

    /// <summary>Makes a call that returns entries, stores them, hands them in and lets them be used.</summary>
    public void Activate(HarnessSession helper, CallType call, Wire.Body body)
    {
        Load(helper, helper.Call(call, body, Entries.Read));
        helper.Call(CallType.ActivateKey, AlgorithmTests.Position(Chain.Length));
    }

    /// <summary>Stores entries and hands them in, and no more.</summary>
    public void Load(HarnessSession helper, ReadOnlyMemory<byte>[] entries)
    {
        helper.Call(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, entries));
        foreach (ReadOnlyMemory<byte> entry in entries)
        {
            Stored.Add(entry);
            Chain.Append(entry.Span);
        }
    }

    public void Rotate(string app, params KeyPurpose[] purposes)
    {
        using HarnessSession helper = Open();
        Activate(helper, CallType.RotateKey, (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, [.. purposes.Select(purpose => new KeyRequest(app, purpose))]));
    }

    public void Retire(ulong keyId)
    {
        using HarnessSession helper = Open();
        Activate(helper, CallType.RetireKey, KeyIds(keyId));
    }

    public ErrorCode TryRetire(ulong keyId)
    {
        using HarnessSession helper = Open();
        return helper.TryCall(CallType.RetireKey, KeyIds(keyId));
    }

    /// <summary>Moves all state to a new root on an order of the administrator's, and starts another engine with it.</summary>
    public EngineHarness MoveToNewRoot()
    {
        using HarnessSession helper = Open();
        byte[] order = Fleet.Sign(DocumentKind.RewrapOrder, new RewrapOrder(Fleet.FleetId, RootCommitment, TestFleet.KmsPublicKey).Write());
        CreatedRoot created = helper.Call(CallType.RewrapState, AlgorithmTests.Order(order), CreatedRoot.Read);
        KeyRequest[] requests = [new("late", KeyPurpose.Random)];
        Assert.Equal(ErrorCode.PhaseInvalid, helper.TryCall(CallType.CreateKey, (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, requests)));
        ReadOnlyMemory<byte>[] entries = helper.Call(CallType.GetRewrapped, AlgorithmTests.Position(0), Entries.Read);
        Assert.Equal(Stored.Count, entries.Length);
        return StartUnder(created, entries);
    }

    /// <summary>An engine that starts with a state under a new root.</summary>
    public EngineHarness StartUnder(CreatedRoot created, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        var moved = new EngineHarness(Fleet) { Wrapped = created.WrappedRoot.ToArray(), Genesis = Fleet.SignGenesis(created.RootCommitment) };
        foreach (ReadOnlyMemory<byte> entry in entries)
        {
            moved.Stored.Add(entry);
            moved.Chain.Append(entry.Span);
        }

        using EngineHarness template = moved;
        EngineHarness again = moved.Restart();
        again.Stored.AddRange(moved.Stored);
        return again;
    }

    internal static Wire.Body KeyIds(ulong keyId) => (ref MessagePackWriter writer) =>
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, keyId);
        writer.WriteArrayHeader(1);
        writer.Write(bytes);
    };

    public static void Nonce(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(1);
        writer.Write(RandomNumberGenerator.GetBytes(32));
    }

    public static TransformGroup Group(TransformOperation operation, params (DataType Type, string Value)[] items) =>
        new() { Operation = operation, App = "shop", Role = "card", Items = [.. items.Select(static item => new TransformItem(item.Type, Encoding.UTF8.GetBytes(item.Value)))] };

    public void Dispose() => Engine.Dispose();
}
