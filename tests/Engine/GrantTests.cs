using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;


namespace E3.Relay.Enclave.Engine.Tests;

public sealed class GrantTests : IDisposable
{
    private readonly EngineHarness _harness = EngineHarness.Ready();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public void Grant_SignedByAnotherAdministrator_IsRefused()
    {
        using var other = new TestFleet { FleetId = _harness.Fleet.FleetId };
        Assert.Equal(ErrorCode.GrantUntrusted, HelloWith(caller => other.Grant(caller, _harness.Now)));
    }

    [Fact]
    public void Grant_WithAChangedByte_IsRefused()
    {
        using var caller = new TestCaller();
        byte[] grant = _harness.Fleet.Grant(caller, _harness.Now);
        for (int i = 0; i < grant.Length; i++)
        {
            byte[] changed = [.. grant];
            changed[i] ^= 1;
            Assert.NotEqual(ErrorCode.None, HelloWith(changed, caller));
        }
    }

    [Fact]
    public void Grant_OfAnotherCaller_IsRefused()
    {
        using var owner = new TestCaller();
        Assert.Equal(ErrorCode.GrantUntrusted, HelloWith(_ => _harness.Fleet.Grant(owner, _harness.Now)));
    }

    [Fact]
    public void Grant_ThatIsAnotherKindOfDocument_IsRefused() => Assert.Equal(ErrorCode.GrantUntrusted, HelloWith(_ => _harness.Fleet.SignGenesis(new byte[32])));

    [Fact]
    public void Grant_OfAnotherFleet_IsRefused() =>
        Assert.Equal(ErrorCode.GrantOtherFleet, HelloWith(caller => _harness.Fleet.Sign(Grant(caller, fleetId: new byte[16]))));

    [Fact]
    public void Grant_Expired_IsRefused() => Assert.Equal(ErrorCode.GrantExpired, HelloWith(caller => _harness.Fleet.Grant(caller, _harness.Now.AddHours(-1))));

    [Fact]
    public void Grant_NotYetValid_IsRefused() => Assert.Equal(ErrorCode.GrantNotYetValid, HelloWith(caller => _harness.Fleet.Grant(caller, _harness.Now.AddHours(1))));

    [Fact]
    public void Session_WhoseGrantExpiresMeanwhile_Ends()
    {
        using HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        session.Encrypt("x");
        _harness.Time.Advance(TimeSpan.FromMinutes(31));
        Assert.Equal(ErrorCode.GrantExpired, session.TryCall(CallType.Transform, TestCaller.Transform(EngineHarness.Group(TransformOperation.Encrypt, (DataType.String, "x")))));
        Assert.False(session.Kept);
    }

    [Theory]
    [InlineData(TransformOperation.Encrypt, TransformOperation.Decrypt)]
    [InlineData(TransformOperation.Encrypt, TransformOperation.Verify)]
    [InlineData(TransformOperation.Encrypt, TransformOperation.Mask)]
    [InlineData(TransformOperation.Verify, TransformOperation.Decrypt)]
    [InlineData(TransformOperation.Mask, TransformOperation.Decrypt)]
    [InlineData(TransformOperation.Decrypt, TransformOperation.Encrypt)]
    public void Operation_ThatIsNotGranted_IsRefused(TransformOperation granted, TransformOperation asked)
    {
        using HarnessSession writer = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        string token = writer.Encrypt("4242424242424242");
        using HarnessSession session = _harness.Open(new GrantedOperation(granted, 0, 4));
        TransformResult result = session.Open(token, asked);
        Assert.Equal(ErrorCode.OperationNotGranted, result.Code);
        Assert.True(result.Value.IsEmpty);
    }

    [Fact]
    public void App_ThatIsNotGranted_IsRefused() =>
        Assert.Equal(ErrorCode.AppNotGranted, EncryptAs(new() { Operation = TransformOperation.Encrypt, App = "other", Role = "card", Items = [new(DataType.String, new byte[1])] }));

    [Fact]
    public void Role_ThatIsNotGranted_IsRefused() =>
        Assert.Equal(ErrorCode.RoleNotGranted, EncryptAs(new() { Operation = TransformOperation.Encrypt, App = "shop", Role = "other", Items = [new(DataType.String, new byte[1])] }));

    [Theory]
    [InlineData(CallType.CreateRoot)]
    [InlineData(CallType.UnsealRoot)]
    [InlineData(CallType.LoadState)]
    [InlineData(CallType.SetReady)]
    [InlineData(CallType.CreateKey)]
    [InlineData(CallType.ActivateKey)]
    public void Application_CannotMakeTheHelpersCalls(CallType call)
    {
        using HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        Assert.Equal(ErrorCode.CallNotGranted, session.TryCall(call, EngineHarness.Nonce));
    }

    [Fact]
    public void Helper_CannotTransform()
    {
        using HarnessSession session = _harness.Open();
        Assert.Equal(ErrorCode.CallNotGranted, session.TryCall(CallType.Transform, TestCaller.Transform(EngineHarness.Group(TransformOperation.Encrypt, (DataType.String, "x")))));
    }

    [Fact]
    public void Limits_OfTheGrant_AreEnforced()
    {
        using var caller = new TestCaller { Channel = _harness.Channel };
        using var session = new HarnessSession(_harness.Engine, caller);
        Assert.Equal(ErrorCode.None, session.Hello(_harness.Fleet.Sign(Grant(caller, fieldsMax: 2, fieldBytesMax: 4))));
        Assert.Equal(ErrorCode.LimitExceeded, session.TryCall(
            CallType.Transform, TestCaller.Transform(EngineHarness.Group(TransformOperation.Encrypt, (DataType.String, "1"), (DataType.String, "2"), (DataType.String, "3")))));
        TransformResult[] results = session.Transform(EngineHarness.Group(TransformOperation.Encrypt, (DataType.String, "12345"), (DataType.String, "1234")));
        Assert.Equal([ErrorCode.LimitExceeded, ErrorCode.None], results.Select(static result => result.Code));
    }

    [Fact]
    public void FailedOpens_OverTheLimitOfTheGrant_GetAnotherCode_AndGoodTokensStillOpen()
    {
        using HarnessSession writer = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        string token = writer.Encrypt("value");
        using var caller = new TestCaller { Channel = _harness.Channel };
        using var session = new HarnessSession(_harness.Engine, caller);
        session.Hello(_harness.Fleet.Sign(Grant(caller, failedOpensMax: 3)));
        byte[] wrong = "wrong"u8.ToArray();
        for (int i = 0; i < 3; i++)
            Assert.Equal(ErrorCode.TokenRejected, session.Open(token, context: wrong).Code);
        Assert.Equal(ErrorCode.LimitExceeded, session.Open(token, context: wrong).Code);
        Assert.Equal(ErrorCode.None, session.Open(token).Code);
        _harness.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(ErrorCode.TokenRejected, session.Open(token, context: wrong).Code);
    }

    [Fact]
    public void Sessions_OfOneCaller_AreBounded_AndTheHelperStillGetsIn()
    {
        using var caller = new TestCaller { Channel = _harness.Channel };
        byte[] grant = _harness.Fleet.Grant(caller, _harness.Now, new GrantedOperation(TransformOperation.Encrypt));
        var sessions = new List<HarnessSession>();
        for (int i = 0; i <= ProtocolLimits.SessionsPerCallerMax; i++)
        {
            caller.Sequence = 0;
            caller.SessionNonce = new byte[32];
            sessions.Add(new HarnessSession(_harness.Engine, caller));
            Assert.Equal(i < ProtocolLimits.SessionsPerCallerMax ? ErrorCode.None : ErrorCode.Busy, sessions[i].Hello(grant));
        }

        using HarnessSession helper = _harness.Open();
        sessions.ForEach(static session => session.Dispose());
        caller.Sequence = 0;
        caller.SessionNonce = new byte[32];
        using var again = new HarnessSession(_harness.Engine, caller);
        Assert.Equal(ErrorCode.None, again.Hello(grant));
    }

    private static Grant Grant(
        TestCaller caller, byte[]? fleetId, EngineHarness harness, uint fieldsMax = 100, uint fieldBytesMax = 1000, uint failedOpensMax = 100) => new()
        {
            FleetId = fleetId ?? harness.Fleet.FleetId,
            Serial = 1,
            NotBefore = 0,
            NotAfter = harness.Now.AddHours(1).ToUnixTimeSeconds(),
            Kind = CallerKind.Application,
            CallerKey = caller.SubjectPublicKeyInfo,
            Name = "test",
            Apps = ["shop"],
            Roles = ["card"],
            Operations = [new(TransformOperation.Encrypt), new(TransformOperation.Decrypt)],
            FieldsMax = fieldsMax,
            FieldBytesMax = fieldBytesMax,
            FailedOpensMax = failedOpensMax,
        };

    private Grant Grant(TestCaller caller, byte[]? fleetId = null, uint fieldsMax = 100, uint fieldBytesMax = 1000, uint failedOpensMax = 100) =>
        Grant(caller, fleetId, _harness, fieldsMax, fieldBytesMax, failedOpensMax);

    private ErrorCode EncryptAs(TransformGroup group)
    {
        using HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        return Assert.Single(session.Transform(group)).Code;
    }

    private ErrorCode HelloWith(Func<TestCaller, byte[]> grant)
    {
        using var caller = new TestCaller();
        return HelloWith(grant(caller), caller);
    }

    private ErrorCode HelloWith(byte[] grant, TestCaller caller)
    {
        caller.Channel = _harness.Channel;
        caller.Sequence = 0;
        using var session = new HarnessSession(_harness.Engine, caller);
        ErrorCode code = session.Hello(grant);
        Assert.Equal(code == ErrorCode.None, session.Kept);
        return code;
    }
}
