using System.Security.Cryptography;
using System.Text.Json;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Testing;
using MessagePack;

namespace E3.Relay.Enclave.Engine.Tests.Vectors;

/// <summary>A whole engine with the keys of <c>keys.json</c>, live or simulated, and a session to which everything is granted.</summary>
internal sealed class GoldenEngine : IDisposable
{
    private readonly TestFleet _fleet;
    private readonly EngineHarness _harness;

    public GoldenEngine(bool simulated)
    {
        _fleet = new TestFleet { Simulated = simulated };
        _harness = new EngineHarness(_fleet);
        using HarnessSession helper = _harness.Open();
        LoadKeys(helper);
        var caller = new TestCaller { Channel = _harness.Channel };
        Session = new HarnessSession(_harness.Engine, caller);
        Assert.Equal(ErrorCode.None, Session.Hello(_fleet.Sign(new Grant
        {
            FleetId = _fleet.FleetId,
            Serial = 1,
            NotBefore = 0,
            NotAfter = _harness.Now.AddHours(1).ToUnixTimeSeconds(),
            Kind = CallerKind.Application,
            CallerKey = caller.SubjectPublicKeyInfo,
            Name = "everything",
            Apps = [Names.Any],
            Roles = [Names.Any],
            Operations = [new(TransformOperation.Encrypt), new(TransformOperation.Decrypt)],
        })));
    }

    public HarnessSession Session { get; }

    public void Dispose()
    {
        Session.Dispose();
        _harness.Dispose();
        _fleet.Dispose();
    }

    // The root key is the test's own: what KMS would re-encrypt to the engine.
    private void LoadKeys(HarnessSession helper)
    {
        byte[] rootKey = RandomNumberGenerator.GetBytes(SecretKey.Bytes);
        helper.Call(CallType.GetAttestationDocument, EngineHarness.Nonce, Evidence.Read);
        byte[] genesis = _fleet.SignGenesis(Genesis.Commit(_fleet.FleetId, rootKey));
        helper.Call(CallType.UnsealRoot, new UnsealRoot(genesis, TestFleet.Envelope(rootKey, _harness.Module.LastPublicKey)).Write);
        var secret = new SecretKey();
        rootKey.CopyTo(secret.Span);
        using var root = new RootKey(secret);
        var chain = new StateChain();
        List<ReadOnlyMemory<byte>> entries = [];
        JsonElement[] keys = [.. GoldenFile.Read("keys.json").GetProperty("keys").EnumerateArray()];
        foreach (JsonElement key in keys)
            Add((KeyPurpose)key.Byte("purpose"), key);
        foreach (JsonElement key in keys.Where(static key => key.Flag("retired")))
            Add(KeyPurpose.Retirement, key);
        helper.Call(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, entries));
        helper.Call(CallType.SetReady, new Checksum(chain.Length, chain.Head).Write);

        void Add(KeyPurpose purpose, JsonElement key)
        {
            using var value = new SecretKey();
            if (purpose != KeyPurpose.Retirement)
                key.Bytes("key").CopyTo(value.Span);
            byte[] entry = root.Seal(
                new() { Position = chain.Length + 1, PreviousHead = chain.Head, App = key.Text("app"), Purpose = purpose, KeyVersion = key.GetProperty("version").GetUInt32(), KeyId = key.Bytes("keyId") },
                value);
            chain.Append(entry);
            entries.Add(entry);
        }
    }
}
