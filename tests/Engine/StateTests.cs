using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;
using MessagePack;

namespace E3.Relay.Enclave.Engine.Tests;

/// <summary>Genesis, start-up and the life of keys: what is legal when, and what is refused for good.</summary>
public sealed class StateTests : IDisposable
{
    private readonly EngineHarness _harness = EngineHarness.Ready();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public void Restart_WithTheStoredEntries_OpensEarlierTokens()
    {
        using HarnessSession before = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        string token = before.Encrypt("4242424242424242");
        using EngineHarness again = _harness.Restart();
        using HarnessSession after = again.Open(new GrantedOperation(TransformOperation.Decrypt));
        Assert.Equal(ErrorCode.None, after.Open(token).Code);
    }

    [Fact]
    public void CreatedKey_ThatWasNotActivated_IsNotUsed()
    {
        using HarnessSession helper = _harness.Open();
        KeyRequest[] requests = [new("late", KeyPurpose.Random)];
        ReadOnlyMemory<byte>[] entries = helper.Call(CallType.CreateKey, (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, requests), Entries.Read);
        Assert.Equal(ErrorCode.AppUnknown, PublicKeys(helper, "late"));
        _harness.Load(helper, entries);
        Assert.Equal(ErrorCode.AppUnknown, PublicKeys(helper, "late"));
        helper.Call(CallType.ActivateKey, AlgorithmTests.Position(_harness.Chain.Length));
        Assert.Equal(ErrorCode.None, PublicKeys(helper, "late"));
    }

    [Fact]
    public void TwoCreations_AtTheSamePlaceInTheChain_GiveOneWinner()
    {
        using HarnessSession helper = _harness.Open();
        KeyRequest[] requests = [new("late", KeyPurpose.Random)];
        ReadOnlyMemory<byte>[] first = helper.Call(CallType.CreateKey, (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, requests), Entries.Read);
        ReadOnlyMemory<byte>[] second = helper.Call(CallType.CreateKey, (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, requests), Entries.Read);
        helper.Call(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, first));
        Assert.Equal(ErrorCode.EntryRejected, helper.TryCall(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, second)));
        Assert.Equal(ErrorCode.KeyExists, helper.TryCall(CallType.CreateKey, (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, requests)));
        Assert.Equal(EnginePhase.Ready, _harness.Engine.Phase);
    }

    [Fact]
    public async Task TwoRotations_AtTheSameTime_GiveOneWinner()
    {
        using HarnessSession first = _harness.Open(), second = _harness.Open();
        HarnessSession[] helpers = [first, second];
        KeyRequest[] requests = [new("shop", KeyPurpose.Random)];
        using var together = new Barrier(helpers.Length);
        ErrorCode[] codes = await Task.WhenAll(helpers.Select(helper => Task.Factory.StartNew(
            () =>
            {
                ReadOnlyMemory<byte>[] entries = helper.Call(CallType.RotateKey, (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, requests), Entries.Read);
                together.SignalAndWait(TimeBound.Default);
                return helper.TryCall(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, entries));
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        Assert.Equal([ErrorCode.None, ErrorCode.EntryRejected], codes.Order());
    }

    [Fact]
    public void LoadState_WithATamperedEntry_FailsForGood() => LoadFails(static entries =>
    {
        byte[] changed = entries[1].ToArray();
        changed[^1] ^= 1;
        entries[1] = changed;
    });

    [Fact]
    public void LoadState_WithSwappedEntries_FailsForGood() => LoadFails(static entries => (entries[0], entries[1]) = (entries[1], entries[0]));

    [Fact]
    public void LoadState_WithAMissingEntry_FailsForGood() => LoadFails(static entries => entries.RemoveAt(1));

    [Fact]
    public void LoadState_WithADuplicate_FailsForGood() => LoadFails(static entries => entries.Insert(1, entries[0]));

    [Fact]
    public void LoadState_WithATruncatedEntry_FailsForGood() => LoadFails(static entries => entries[2] = entries[2][..^1]);

    [Fact]
    public void LoadState_OfAnotherRoot_FailsForGood()
    {
        using EngineHarness other = EngineHarness.Ready();
        LoadFails(entries =>
        {
            entries.Clear();
            entries.AddRange(other.Stored);
        });
    }

    [Fact]
    public void SetReady_WhenTheEngineHasLess_FailsForGood()
    {
        using EngineHarness again = _harness.Restart(ready: false);
        using HarnessSession helper = again.Open();
        helper.Call(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, [.. _harness.Stored.Take(2)]));
        Assert.Equal(ErrorCode.ChecksumMismatch, helper.TryCall(CallType.SetReady, new Checksum(_harness.Chain.Length, _harness.Chain.Head).Write));
        Assert.Equal(EnginePhase.Failed, again.Engine.Phase);
        Assert.Equal(ErrorCode.EngineFailed, helper.TryCall(CallType.SetReady, new Checksum(2, _harness.Chain.Head).Write));
    }

    [Fact]
    public void Genesis_SignedByAnother_IsRefused()
    {
        using var other = new TestFleet { FleetId = _harness.Fleet.FleetId };
        using EngineHarness fresh = new(_harness.Fleet);
        using HarnessSession helper = fresh.Open();
        CreatedRoot created = helper.Call(CallType.CreateRoot, EngineHarness.Nonce, CreatedRoot.Read);
        byte[] blob = TestFleet.Reencrypt(created.WrappedRoot.Span, Recipient(fresh, helper));
        Assert.Equal(ErrorCode.GenesisUntrusted, helper.TryCall(CallType.UnsealRoot, new UnsealRoot(other.SignGenesis(created.RootCommitment), blob).Write));
        Assert.Equal(EnginePhase.Booting, fresh.Engine.Phase);
    }

    [Fact]
    public void Root_ThatTheHostChose_IsRefusedForGood()
    {
        using EngineHarness fresh = new(_harness.Fleet);
        using HarnessSession helper = fresh.Open();
        CreatedRoot created = helper.Call(CallType.CreateRoot, EngineHarness.Nonce, CreatedRoot.Read);
        byte[] blob = TestFleet.Envelope(RandomNumberGenerator.GetBytes(32), Recipient(fresh, helper));
        RootIsRejected(fresh, helper, _harness.Fleet.SignGenesis(created.RootCommitment), blob);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void Root_OfAnotherLength_IsRefusedForGood(int length)
    {
        using EngineHarness fresh = new(_harness.Fleet);
        using HarnessSession helper = fresh.Open();
        RootIsRejected(fresh, helper, _harness.Genesis, TestFleet.Envelope(new byte[length], Recipient(fresh, helper)));
    }

    [Fact]
    public void Blob_TruncatedOrChangedAnywhere_IsRefusedWithOneCode()
    {
        int length = TestFleet.Envelope(new byte[32], RSA.Create(2048).ExportSubjectPublicKeyInfo()).Length;
        for (int at = 0; at < length; at += 41)
        {
            using EngineHarness fresh = new(_harness.Fleet);
            using HarnessSession helper = fresh.Open();
            byte[] blob = TestFleet.Reencrypt(_harness.Wrapped, Recipient(fresh, helper));
            byte[] changed = [.. blob];
            changed[Math.Min(at, blob.Length - 1)] ^= 0x55;
            RootIsRejected(fresh, helper, _harness.Genesis, at % 2 == 0 ? changed : blob[..at]);
        }
    }

    [Fact]
    public void Blob_ForAnotherRecipient_IsRefusedForGood()
    {
        using EngineHarness fresh = new(_harness.Fleet);
        using HarnessSession helper = fresh.Open();
        using var other = RSA.Create(2048);
        RootIsRejected(fresh, helper, _harness.Genesis, TestFleet.Reencrypt(_harness.Wrapped, other.ExportSubjectPublicKeyInfo()));
    }

    [Fact]
    public void RecipientKey_IsAttestedOnlyWhileBooting()
    {
        using HarnessSession helper = _harness.Open();
        helper.Call(CallType.GetAttestationDocument, EngineHarness.Nonce, Evidence.Read);
        Assert.Empty(_harness.Module.LastPublicKey);
    }

    [Fact]
    public void Evidence_CarriesNonceAndTheDigestOfTheStatement()
    {
        using HarnessSession helper = _harness.Open();
        byte[] nonce = RandomNumberGenerator.GetBytes(32);
        Evidence evidence = helper.Call(
            CallType.GetAttestationDocument,
            (ref MessagePackWriter writer) =>
            {
                writer.WriteArrayHeader(1);
                writer.Write(nonce);
            },
            Evidence.Read);
        Assert.Equal(nonce, _harness.Module.LastNonce);
        Assert.Equal(_harness.Chain.Length, evidence.Statement.ChainLength);
        Assert.Equal(_harness.Chain.Head.ToArray(), evidence.Statement.ChainHead.ToArray());
        Assert.NotEqual(new byte[32], evidence.Statement.RootCommitment.ToArray());
    }

    [Theory]
    [InlineData(CallType.Transform)]
    [InlineData(CallType.GetPublicKeys)]
    [InlineData(CallType.CreateKey)]
    [InlineData(CallType.ActivateKey)]
    [InlineData(CallType.LoadState)]
    [InlineData(CallType.SetReady)]
    public void Calls_BeforeTheirPhase_AreRefused(CallType call)
    {
        using EngineHarness fresh = new(_harness.Fleet);
        using HarnessSession session = call == CallType.Transform ? fresh.Open(new GrantedOperation(TransformOperation.Encrypt)) : fresh.Open();
        Assert.Equal(ErrorCode.PhaseInvalid, session.TryCall(call, EngineHarness.Nonce));
        Assert.True(session.Kept);
    }

    [Theory]
    [InlineData(CallType.CreateRoot)]
    [InlineData(CallType.UnsealRoot)]
    [InlineData(CallType.SetReady)]
    public void Calls_AfterTheirPhase_AreRefused(CallType call)
    {
        using HarnessSession helper = _harness.Open();
        Assert.Equal(ErrorCode.PhaseInvalid, helper.TryCall(call, EngineHarness.Nonce));
        Assert.Equal(EnginePhase.Ready, _harness.Engine.Phase);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{\"fleetId\":\"00\",\"administrators\":[],\"threshold\":1,\"kmsPublicKey\":\"\",\"simulated\":true}")]
    public void Configuration_ThatIsNotUsable_IsRefused(string json) => Assert.Null(MeasuredConfiguration.TryRead(System.Text.Encoding.UTF8.GetBytes(json)));

    private static byte[] Recipient(EngineHarness harness, HarnessSession helper)
    {
        helper.Call(CallType.GetAttestationDocument, EngineHarness.Nonce, Evidence.Read);
        return harness.Module.LastPublicKey;
    }

    private static void RootIsRejected(EngineHarness harness, HarnessSession helper, byte[] genesis, byte[] blob)
    {
        Assert.Equal(ErrorCode.RootRejected, helper.TryCall(CallType.UnsealRoot, new UnsealRoot(genesis, blob).Write));
        Assert.Equal(EnginePhase.Failed, harness.Engine.Phase);
        Assert.Equal(ErrorCode.EngineFailed, helper.TryCall(CallType.UnsealRoot, new UnsealRoot(genesis, blob).Write));
    }

    private static ErrorCode PublicKeys(HarnessSession session, string app) => session.TryCall(CallType.GetPublicKeys, (ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(1);
        writer.Write(app);
    });

    private void LoadFails(Action<List<ReadOnlyMemory<byte>>> change)
    {
        using EngineHarness again = _harness.Restart(ready: false);
        using HarnessSession helper = again.Open();
        List<ReadOnlyMemory<byte>> entries = [.. _harness.Stored];
        change(entries);
        ErrorCode code = helper.TryCall(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, entries));
        if (code == ErrorCode.None)
            code = helper.TryCall(CallType.SetReady, new Checksum(_harness.Chain.Length, _harness.Chain.Head).Write);
        Assert.True(code is ErrorCode.EntryRejected or ErrorCode.ChecksumMismatch, code.ToString());
        Assert.Equal(EnginePhase.Failed, again.Engine.Phase);
    }
}
