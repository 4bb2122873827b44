using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Engine.Tests;

/// <summary>What tokens that do not open cost, and whom.</summary>
public sealed class ForgedTokenTests : IDisposable
{
    private readonly EngineHarness _harness = EngineHarness.Ready();
    private readonly HarnessSession _session;
    private readonly string _good;

    public ForgedTokenTests()
    {
        _session = _harness.Open(new(TransformOperation.Encrypt), new(TransformOperation.Decrypt));
        _good = _session.Encrypt("value");
    }

    public void Dispose()
    {
        _session.Dispose();
        _harness.Dispose();
    }

    [Theory]
    [InlineData(ProtocolLimits.FailedOpensPerFrameMax, ErrorCode.None)]
    [InlineData(ProtocolLimits.FailedOpensPerFrameMax + 1, ErrorCode.LimitExceeded)]
    [InlineData(ProtocolLimits.FieldsMax - 1, ErrorCode.LimitExceeded)]
    public void Frame_OfForgedTokens_IsRefusedWhole_WhenThereAreTooMany(int forged, ErrorCode expected)
    {
        TransformGroup[] groups = [Group([.. Enumerable.Repeat(Forge(), forged)]), Group(_good)];
        Assert.Equal(expected, _session.TryCall(CallType.Transform, TestCaller.Transform(groups)));
        Assert.True(_session.Kept);
        Assert.Equal(ErrorCode.None, _session.Open(_good).Code);
    }

    [Fact]
    public void Frame_WithFewerForgedTokens_OpensEveryGoodOne()
    {
        string[] tokens = [.. Enumerable.Range(0, 2000).Select(i => i % 2 == 0 ? Forge() : _good)];
        TransformResult[] results = _session.Transform(Group(tokens));
        for (int i = 0; i < results.Length; i++)
            Assert.Equal(i % 2 == 0 ? ErrorCode.TokenRejected : ErrorCode.None, results[i].Code);
    }

    [Fact]
    public void Minute_UsedUp_ChangesTheCodeOfFailuresAlone()
    {
        using var caller = new TestCaller { Channel = _harness.Channel };
        using var session = new HarnessSession(_harness.Engine, caller);
        Assert.Equal(ErrorCode.None, session.Hello(_harness.Fleet.Sign(FewFailures(caller, failedOpensMax: 1))));
        TransformResult[] results = session.Transform(Group(Forge(), _good, Forge(), _good));
        Assert.Equal([ErrorCode.TokenRejected, ErrorCode.None, ErrorCode.LimitExceeded, ErrorCode.None], results.Select(static result => result.Code));
    }

    [Fact]
    public void DerivedKeys_OfForgedTokens_AreNotRemembered_AndThoseOfGoodOnesStay()
    {
        using var sealer = new TokenSealer(RandomNumberGenerator.Fill, 0);
        using var ring = new Vectors.GoldenRing();
        DataKey key = ring.Key("shop random 2");
        var context = new AssociatedData(Group(""));
        byte[] token = sealer.Seal(key, context, TokenAlgorithm.Random, DataType.String, "value"u8).ToArray();
        Assert.True(sealer.TryOpen(key, context, [.. token], out _, out _));
        for (int i = 0; i < 2000; i++)
        {
            byte[] forged = [.. token];
            RandomNumberGenerator.Fill(forged.AsSpan(TokenHeader.Bytes, TokenGrammar.NonceBytes));
            Assert.False(sealer.TryOpen(key, context, forged, out _, out _));
        }

        Assert.Single(Opening(sealer));
        Assert.True(sealer.TryOpen(key, context, token, out _, out _));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_opening")]
    private static extern ref Dictionary<(ulong KeyId, ulong PrefixHigh, uint PrefixLow), AesGcm> Opening(TokenSealer sealer);

    private static TransformGroup Group(params string[] tokens) =>
        EngineHarness.Group(TransformOperation.Decrypt, [.. tokens.Select(static token => (DataType.String, token))]);

    private string Forge()
    {
        byte[] bytes = Base64Url.DecodeFromChars(_good.AsSpan(3));
        RandomNumberGenerator.Fill(bytes.AsSpan(TokenHeader.Bytes, TokenGrammar.NonceBytes));
        return "e3." + Base64Url.EncodeToString(bytes);
    }

    private Grant FewFailures(TestCaller caller, uint failedOpensMax) => new()
    {
        FleetId = _harness.Fleet.FleetId,
        Serial = 1,
        NotBefore = 0,
        NotAfter = _harness.Now.AddHours(1).ToUnixTimeSeconds(),
        Kind = CallerKind.Application,
        CallerKey = caller.SubjectPublicKeyInfo,
        Name = "few",
        Apps = ["shop"],
        Roles = ["card"],
        Operations = [new(TransformOperation.Decrypt)],
        FailedOpensMax = failedOpensMax,
    };
}
