using System.Text;
using System.Text.Json;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;
using MessagePack;

namespace E3.Relay.Enclave.Engine.Tests;

/// <summary>A key that is loaded opens; it seals only once it is active. Two engines of a fleet, of which one is a step behind.</summary>
public sealed class ActivationTests : IDisposable
{
    private static readonly GrantedOperation[] All = [.. Enum.GetValues<TransformOperation>().Select(static operation => new GrantedOperation(operation))];

    private readonly EngineHarness _first = EngineHarness.Ready();
    private readonly EngineHarness _second;

    public ActivationTests() => _second = _first.Restart();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public void RotatedKey_LoadedEverywhereAndActiveInOne_OpensInBothAndSealsInThatOne()
    {
        using HarnessSession ahead = _first.Open(All), behind = _second.Open(All);
        string before = ahead.Encrypt("value");
        Load(_second, Make(_first, KeyPurpose.Random));
        Assert.Equal(KeyId(before), KeyId(ahead.Encrypt("value")));
        Activate(_first);
        string after = ahead.Encrypt("value");
        Assert.NotEqual(KeyId(before), KeyId(after));
        Assert.Equal("value", Encoding.UTF8.GetString(behind.Open(after).Value.Span));
        Assert.Equal(KeyId(before), KeyId(behind.Encrypt("value")));
        Activate(_second);
        Assert.Equal(KeyId(after), KeyId(behind.Encrypt("value")));
    }

    [Fact]
    public void DeterministicKey_ActiveElsewhere_IsLookedUpBeforeItSealsHere()
    {
        using HarnessSession ahead = _first.Open(All), behind = _second.Open(All);
        Load(_second, Make(_first, KeyPurpose.Deterministic));
        Activate(_first);
        string token = Run(ahead, TransformOperation.EncryptDeterministic, "ann");
        Assert.NotEqual(token, Run(behind, TransformOperation.EncryptDeterministic, "ann"));
        Assert.Contains(token, JsonSerializer.Deserialize<string[]>(Run(behind, TransformOperation.Lookup, "ann"))!);
    }

    [Fact]
    public void PreservingKey_LoadedOnly_UndoesAndDoesNotPreserve()
    {
        using HarnessSession ahead = _first.Open(All), behind = _second.Open(All);
        Load(_second, Make(_first, KeyPurpose.FormatPreserving));
        Activate(_first);
        string preserved = Encoding.UTF8.GetString(Preserve(ahead, TransformOperation.Preserve, "4242424242424242").Value.Span);
        Assert.Equal("4242424242424242", Encoding.UTF8.GetString(Preserve(behind, TransformOperation.Unpreserve, preserved).Value.Span));
        Assert.Equal(ErrorCode.KeyNotLoaded, Preserve(behind, TransformOperation.Preserve, "4242424242424242").Code);
    }

    // Whoever retired the older key sealed with the newer one already, so all have it; what is left here is to use it.
    [Fact]
    public void Retirement_LoadedBeforeTheNewerKeyIsActive_MovesToTheNewerKey()
    {
        using HarnessSession ahead = _first.Open(All), behind = _second.Open(All);
        string before = ahead.Encrypt("value");
        Load(_second, Make(_first, KeyPurpose.Random));
        Activate(_first);
        using HarnessSession helper = _first.Open();
        ReadOnlyMemory<byte>[] entries = helper.Call(CallType.RetireKey, EngineHarness.KeyIds(KeyId(before)), Entries.Read);
        _first.Load(helper, entries);
        Load(_second, entries);
        Assert.Equal(KeyId(ahead.Encrypt("value")), KeyId(behind.Encrypt("value")));
    }

    [Fact]
    public void Key_WhoseSuccessorIsNotActive_IsNotRetirable()
    {
        using HarnessSession ahead = _first.Open(All);
        string before = ahead.Encrypt("value");
        Make(_first, KeyPurpose.Random);
        Assert.Equal(ErrorCode.KeyNotRetirable, _first.TryRetire(KeyId(before)));
        Activate(_first);
        Assert.Equal(ErrorCode.None, _first.TryRetire(KeyId(before)));
    }

    [Fact]
    public void PublicKey_OfAKeyPairThatIsNotActive_IsNotHandedOut()
    {
        using HarnessSession application = _first.Open(All);
        int before = Points(application).Length;
        Make(_first, KeyPurpose.ClientP256);
        Assert.Equal(before, Points(application).Length);
        Activate(_first);
        Assert.Equal(before + 1, Points(application).Length);
    }

    [Fact]
    public void ActivateKey_BeyondWhatIsLoaded_IsRefusedAndChangesNothing()
    {
        using HarnessSession ahead = _first.Open(All), helper = _first.Open();
        string before = ahead.Encrypt("value");
        Make(_first, KeyPurpose.Random);
        Assert.Equal(ErrorCode.ChecksumMismatch, helper.TryCall(CallType.ActivateKey, AlgorithmTests.Position(_first.Chain.Length + 1)));
        Assert.Equal(KeyId(before), KeyId(ahead.Encrypt("value")));
        Assert.Equal(EnginePhase.Ready, _first.Engine.Phase);
    }

    [Fact]
    public void ActivateKey_OfAnEarlierLength_TakesNothingBack()
    {
        using HarnessSession ahead = _first.Open(All), helper = _first.Open();
        Make(_first, KeyPurpose.Random);
        Activate(_first);
        string after = ahead.Encrypt("value");
        helper.Call(CallType.ActivateKey, AlgorithmTests.Position(1));
        Assert.Equal(KeyId(after), KeyId(ahead.Encrypt("value")));
    }

    [Fact]
    public void LoadState_OfABadEntryInAReadyEngine_IsRefusedAndTheEngineServesOn()
    {
        using HarnessSession session = _first.Open(All), helper = _first.Open();
        string token = session.Encrypt("value");
        ReadOnlyMemory<byte>[] entries = Rotate(_first, KeyPurpose.Random);
        byte[] changed = entries[0].ToArray();
        changed[^1] ^= 1;
        Assert.Equal(ErrorCode.EntryRejected, helper.TryCall(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, [changed])));
        Assert.Equal(EnginePhase.Ready, _first.Engine.Phase);
        Assert.Equal(ErrorCode.None, session.Open(token).Code);
        _first.Load(helper, entries);
    }

    // The other helper does not know of the order yet: what it stored meanwhile is moved with the rest.
    [Fact]
    public void RewrapState_WhileAnotherEngineMakesAKey_MovesThatKeyToo()
    {
        using HarnessSession ahead = _first.Open(), other = _second.Open(All);
        byte[] order = _first.Fleet.Sign(DocumentKind.RewrapOrder, new RewrapOrder(_first.Fleet.FleetId, _first.RootCommitment, TestFleet.KmsPublicKey).Write());
        CreatedRoot created = ahead.Call(CallType.RewrapState, AlgorithmTests.Order(order), CreatedRoot.Read);
        List<ReadOnlyMemory<byte>> moved = [.. ahead.Call(CallType.GetRewrapped, AlgorithmTests.Position(0), Entries.Read)];
        ReadOnlyMemory<byte>[] made = Rotate(_second, KeyPurpose.Random);
        Load(_second, made);
        Activate(_second);
        string token = other.Encrypt("value");
        _first.Load(ahead, made);
        moved.AddRange(ahead.Call(CallType.GetRewrapped, AlgorithmTests.Position((ulong)moved.Count), Entries.Read));
        Assert.Equal(_first.Stored.Count, moved.Count);
        using EngineHarness next = _first.StartUnder(created, moved);
        using HarnessSession after = next.Open(All);
        Assert.Equal("value", Encoding.UTF8.GetString(after.Open(token).Value.Span));
    }

    private static ReadOnlyMemory<byte>[] Rotate(EngineHarness engine, KeyPurpose purpose)
    {
        using HarnessSession helper = engine.Open();
        return helper.Call(CallType.RotateKey, (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, [new("shop", purpose)]), Entries.Read);
    }

    // Rotates a key of the shop; it is stored and loaded, and not active.
    private static ReadOnlyMemory<byte>[] Make(EngineHarness engine, KeyPurpose purpose)
    {
        ReadOnlyMemory<byte>[] entries = Rotate(engine, purpose);
        Load(engine, entries);
        return entries;
    }

    private static void Load(EngineHarness engine, ReadOnlyMemory<byte>[] entries)
    {
        using HarnessSession helper = engine.Open();
        engine.Load(helper, entries);
    }

    private void Activate(EngineHarness engine)
    {
        using HarnessSession helper = engine.Open();
        helper.Call(CallType.ActivateKey, AlgorithmTests.Position(_first.Chain.Length));
    }

    private static string Run(HarnessSession session, TransformOperation operation, string value) =>
        Encoding.UTF8.GetString(Assert.Single(session.Transform(EngineHarness.Group(operation, (DataType.String, value)))).Value.Span);

    private static TransformResult Preserve(HarnessSession session, TransformOperation operation, string value) => Assert.Single(session.Transform(
        new() { Operation = operation, App = "shop", Role = "card", KeyVersion = 2, Alphabet = Alphabet.Digits, Items = [new(DataType.String, Encoding.UTF8.GetBytes(value))] }));

    private static KeyDescription[] Points(HarnessSession session) => [.. session.Call(
        CallType.GetPublicKeys,
        static (ref MessagePackWriter writer) =>
        {
            writer.WriteArrayHeader(1);
            writer.Write("shop");
        },
        KeyDescription.Read).Where(static key => !key.PublicKey.IsEmpty)];

    private static ulong KeyId(string token) => AlgorithmTests.KeyId(token);
}
