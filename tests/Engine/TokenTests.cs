using System.Text;
using CsCheck;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Engine.Tests;

public sealed class TokenTests : IDisposable
{
    private readonly EngineHarness _harness = EngineHarness.Ready();
    private readonly HarnessSession _session;

    public TokenTests() => _session = _harness.Open(
        new(TransformOperation.Encrypt), new(TransformOperation.Decrypt), new(TransformOperation.Verify), new(TransformOperation.Mask, 0, 4));

    public void Dispose()
    {
        _session.Dispose();
        _harness.Dispose();
    }

    [Theory]
    [InlineData(DataType.String, "4242424242424242")]
    [InlineData(DataType.String, "")]
    [InlineData(DataType.String, "𝄞 Ünïcödé \u0000 e3.")]
    [InlineData(DataType.Number, "1e400")]
    [InlineData(DataType.Number, "-0.10")]
    [InlineData(DataType.Number, "12345678901234567890")]
    [InlineData(DataType.Boolean, "true")]
    [InlineData(DataType.Boolean, "false")]
    [InlineData(DataType.Null, "")]
    [InlineData(DataType.Object, "{\"a\":[1]}")]
    [InlineData(DataType.Array, "[1,2]")]
    public void Value_OfEachType_ComesBackWithItsType(DataType type, string value)
    {
        string token = _session.Encrypt(value, type);
        Assert.StartsWith("e3.", token, StringComparison.Ordinal);
        Assert.True(TokenGrammar.IsToken(Encoding.ASCII.GetBytes(token)));
        TransformResult opened = _session.Open(token);
        Assert.Equal((ErrorCode.None, type, value), (opened.Code, opened.Type, Encoding.UTF8.GetString(opened.Value.Span)));
    }

    [Theory]
    [InlineData(DataType.Number, "01")]
    [InlineData(DataType.Number, "1.")]
    [InlineData(DataType.Number, ".5")]
    [InlineData(DataType.Number, "+1")]
    [InlineData(DataType.Number, "1e")]
    [InlineData(DataType.Number, "NaN")]
    [InlineData(DataType.Number, "")]
    [InlineData(DataType.Number, "1 ")]
    [InlineData(DataType.Number, "-")]
    [InlineData(DataType.Boolean, "True")]
    [InlineData(DataType.Boolean, "1")]
    [InlineData(DataType.Null, "null")]
    [InlineData((DataType)0, "x")]
    [InlineData((DataType)99, "x")]
    public void Value_ThatIsNotOfItsType_IsRefused(DataType type, string value) =>
        Assert.Equal(ErrorCode.ValueInvalid, Assert.Single(_session.Transform(EngineHarness.Group(TransformOperation.Encrypt, (type, value)))).Code);

    [Fact]
    public void Value_EncryptedTwice_GivesDifferentTokens() => Assert.NotEqual(_session.Encrypt("same"), _session.Encrypt("same"));

    [Fact]
    public void RoundTrip_OfAnyString_IsTheIdentity() => Gen.String.Where(static text => !text.Any(char.IsSurrogate)).Sample(
        value => Encoding.UTF8.GetString(_session.Open(_session.Encrypt(value)).Value.Span) == value, threads: 1, iter: 500);

    [Fact]
    public void Token_WithAnyFlippedBit_DoesNotOpen()
    {
        byte[] token = Encoding.ASCII.GetBytes(_session.Encrypt("4242424242424242"));
        for (int bit = 0; bit < token.Length * 8; bit++)
        {
            byte[] changed = [.. token];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            TransformResult result = Assert.Single(_session.Transform(Raw(TransformOperation.Decrypt, changed)));
            Assert.True(result.Code is ErrorCode.TokenMalformed or ErrorCode.TokenRejected or ErrorCode.KeyNotLoaded, $"bit {bit}: {result.Code}");
            Assert.True(result.Value.IsEmpty);
        }
    }

    [Fact]
    public void Token_Truncated_DoesNotOpen()
    {
        string token = _session.Encrypt("4242424242424242");
        for (int length = 0; length < token.Length; length++)
            Assert.Equal(ErrorCode.TokenMalformed, _session.Open(token[..length]).Code);
        Assert.Equal(ErrorCode.TokenMalformed, _session.Open(token + "A").Code);
        Assert.Equal(ErrorCode.TokenMalformed, _session.Open(token + "=").Code);
        Assert.Equal(ErrorCode.TokenMalformed, _session.Open(token + "\n").Code);
    }

    [Fact]
    public void Token_UnderAnotherContext_DoesNotOpen()
    {
        byte[] mine = "order 1"u8.ToArray();
        string token = _session.Encrypt("value", context: mine);
        Assert.Equal(ErrorCode.None, _session.Open(token, context: mine).Code);
        Assert.Equal(ErrorCode.TokenRejected, _session.Open(token, context: "order 2"u8.ToArray()).Code);
        Assert.Equal(ErrorCode.TokenRejected, _session.Open(token).Code);
    }

    [Fact]
    public void Token_OfAnotherAppOrRole_DoesNotOpen()
    {
        using (HarnessSession helper = _harness.Open())
            _harness.CreateApp(helper, "other");
        string token = _session.Encrypt("value");
        using var caller = new TestCaller { Channel = _harness.Channel };
        using var wide = new HarnessSession(_harness.Engine, caller);
        Assert.Equal(ErrorCode.None, wide.Hello(_harness.Fleet.Sign(new Grant
        {
            FleetId = _harness.Fleet.FleetId,
            Serial = 1,
            NotBefore = 0,
            NotAfter = _harness.Now.AddHours(1).ToUnixTimeSeconds(),
            Kind = CallerKind.Application,
            CallerKey = caller.SubjectPublicKeyInfo,
            Name = "wide",
            Apps = ["*"],
            Roles = ["*"],
            Operations = [new(TransformOperation.Decrypt)],
        })));
        Assert.Equal(ErrorCode.None, OpenAs(wide, "shop", "card", token));
        Assert.Equal(ErrorCode.TokenRejected, OpenAs(wide, "shop", "ssn", token));
        Assert.Equal(ErrorCode.TokenRejected, OpenAs(wide, "other", "card", token));
        Assert.Equal(ErrorCode.TokenRejected, OpenAs(wide, "nobody", "card", token));
    }

    [Fact]
    public void Token_OfAnUnknownKey_IsKeyNotLoaded()
    {
        using EngineHarness foreign = EngineHarness.Ready();
        using HarnessSession session = foreign.Open(new GrantedOperation(TransformOperation.Encrypt));
        Assert.Equal(ErrorCode.KeyNotLoaded, _session.Open(session.Encrypt("x")).Code);
    }

    [Fact]
    public void Token_ThatFails_DoesNotTouchItsNeighbours()
    {
        string good = _session.Encrypt("good");
        TransformResult[] results = _session.Transform(EngineHarness.Group(TransformOperation.Decrypt, (DataType.String, good), (DataType.String, "e3.no"), (DataType.String, good)));
        Assert.Equal([ErrorCode.None, ErrorCode.TokenMalformed, ErrorCode.None], results.Select(static result => result.Code));
        Assert.Equal("good", Encoding.UTF8.GetString(results[2].Value.Span));
    }

    [Fact]
    public void Verify_SaysYesOrNo_AndNeverTheValue()
    {
        TransformResult yes = _session.Open(_session.Encrypt("4242"), TransformOperation.Verify);
        Assert.Equal((ErrorCode.None, 0), (yes.Code, yes.Value.Length));
        TransformResult no = _session.Open(_session.Encrypt("4242"), TransformOperation.Verify, "x"u8.ToArray());
        Assert.Equal(ErrorCode.TokenRejected, no.Code);
    }

    [Theory]
    [InlineData("4242424242424242", 0, 4, "************4242")]
    [InlineData("12345678", 0, 4, "****5678")]
    [InlineData("1234567", 0, 4, "*******")]
    [InlineData("1234", 0, 4, "****")]
    [InlineData("", 0, 4, "")]
    [InlineData("äöüßäöüß", 0, 4, "****äöüß")]
    public void Mask_OfTokenOrValue_LeavesAtMostHalf(string value, byte first, byte last, string expected)
    {
        foreach (string input in (string[])[_session.Encrypt(value), value])
        {
            TransformResult result = Assert.Single(_session.Transform(new()
            {
                Operation = TransformOperation.Mask,
                App = "shop",
                Role = "card",
                KeepFirst = first,
                KeepLast = last,
                Items = [new(DataType.String, Encoding.UTF8.GetBytes(input))],
            }));
            Assert.Equal((ErrorCode.None, DataType.String, expected), (result.Code, result.Type, Encoding.UTF8.GetString(result.Value.Span)));
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 5)]
    public void Mask_WiderThanGranted_IsRefused(byte first, byte last)
    {
        TransformResult result = Assert.Single(_session.Transform(new()
        {
            Operation = TransformOperation.Mask,
            App = "shop",
            Role = "card",
            KeepFirst = first,
            KeepLast = last,
            Items = [new(DataType.String, "4242424242424242"u8.ToArray())],
        }));
        Assert.Equal((ErrorCode.MaskTooWide, 0), (result.Code, result.Value.Length));
    }

    [Fact]
    public void Masks_OfOneValue_NeverAddUpToMoreThanHalf()
    {
        using HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Mask, 4, 4));
        string token = _session.Encrypt("SECRET42"), longer = _session.Encrypt("4242424242424242");
        Assert.Equal("********", Mask(session, token, 4, 0));
        Assert.Equal("********", Mask(session, token, 0, 4));
        Assert.Equal("4242********4242", Mask(session, longer, 4, 4));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public void Mask_OfABoolean_DoesNotTellIt(string value)
    {
        using HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Mask, 0, 4));
        Assert.Equal("****", Mask(session, _session.Encrypt(value, DataType.Boolean), 0, 4));
    }

    [Theory]
    [InlineData(DataType.Null, "")]
    [InlineData(DataType.Object, "{}")]
    [InlineData(DataType.Array, "[1]")]
    public void Mask_OfATokenThatCannotBeMasked_TouchesNoNeighbour(DataType type, string value)
    {
        string good = _session.Encrypt("4242424242424242"), bad = _session.Encrypt(value, type);
        TransformResult[] results = _session.Transform(new()
        {
            Operation = TransformOperation.Mask,
            App = "shop",
            Role = "card",
            KeepLast = 4,
            Items = [new(DataType.String, Encoding.ASCII.GetBytes(bad)), new(DataType.String, Encoding.ASCII.GetBytes(good))],
        });
        Assert.Equal([ErrorCode.ValueInvalid, ErrorCode.None], results.Select(static result => result.Code));
    }

    [Theory]
    [InlineData(900_000)]
    [InlineData(ProtocolLimits.FieldBytesMax)]
    public void LargestValues_ComeBack(int length)
    {
        string value = new('x', length);
        Assert.Equal(value, Encoding.UTF8.GetString(_session.Open(_session.Encrypt(value)).Value.Span));
    }

    [Fact]
    public void Engine_ThatWasDisposed_SealsNothing()
    {
        using EngineHarness harness = EngineHarness.Ready();
        using HarnessSession session = harness.Open(new GrantedOperation(TransformOperation.Encrypt));
        session.Encrypt("x");
        harness.Engine.Dispose();
        Assert.Equal(ErrorCode.EngineFailed, session.TryCall(CallType.Transform, TestCaller.Transform(EngineHarness.Group(TransformOperation.Encrypt, (DataType.String, "x")))));
        using var key = new SecretKey();
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Span.Length);
    }

    [Fact]
    public void Mask_OfAForgedToken_IsRefusedAndNotMaskedAsText()
    {
        string token = _session.Encrypt("4242424242424242");
        string forged = token[..^1] + (token[^1] == 'A' ? 'B' : 'A');
        Assert.True(_session.Open(forged, TransformOperation.Mask).Code is ErrorCode.TokenRejected or ErrorCode.TokenMalformed);
    }

    [Fact]
    public void Tokens_OfAProductionEngine_DoNotOpenInATestEngineAndTheReverse()
    {
        using var fleet = new TestFleet { Simulated = false };
        using EngineHarness production = EngineHarness.Ready(fleet);
        using HarnessSession session = production.Open(new(TransformOperation.Encrypt), new(TransformOperation.Decrypt));
        byte[] token = new byte[256];
        Assert.True(TokenGrammar.TryDecode(Encoding.ASCII.GetBytes(session.Encrypt("x")), token, out int length));
        Assert.Equal(0, new TokenHeader(token.AsSpan(0, length)).Flags);
        Assert.True(TokenGrammar.TryDecode(Encoding.ASCII.GetBytes(_session.Encrypt("x")), token, out length));
        Assert.Equal(TokenHeader.TestFlag, new TokenHeader(token.AsSpan(0, length)).Flags);
    }

    [Fact]
    public void Nonces_OfManyWorkers_NeverRepeat()
    {
        var nonces = new HashSet<string>();
        var tokens = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(0, 8, _ =>
        {
            using HarnessSession session = _harness.Open(new GrantedOperation(TransformOperation.Encrypt));
            for (int i = 0; i < 500; i++)
                tokens.Add(session.Encrypt("same"));
        });
        Span<byte> bytes = stackalloc byte[256];
        foreach (string token in tokens)
        {
            Assert.True(TokenGrammar.TryDecode(Encoding.ASCII.GetBytes(token), bytes, out _));
            Assert.True(nonces.Add(Convert.ToHexString(bytes.Slice(TokenHeader.Bytes, TokenGrammar.NonceBytes))));
        }

        Assert.Equal(4000, nonces.Count);
    }

    [Fact]
    public void Lengths_WithinOnePaddingStep_AreTheSame() => Assert.Equal(_session.Encrypt("1").Length, _session.Encrypt("12345678901234").Length);

    private static string Mask(HarnessSession session, string token, byte first, byte last)
    {
        TransformResult result = Assert.Single(session.Transform(new()
        {
            Operation = TransformOperation.Mask,
            App = "shop",
            Role = "card",
            KeepFirst = first,
            KeepLast = last,
            Items = [new(DataType.String, Encoding.ASCII.GetBytes(token))],
        }));
        Assert.Equal(ErrorCode.None, result.Code);
        return Encoding.UTF8.GetString(result.Value.Span);
    }

    private static ErrorCode OpenAs(HarnessSession session, string app, string role, string token) => Assert.Single(session.Transform(new()
    {
        Operation = TransformOperation.Decrypt,
        App = app,
        Role = role,
        Items = [new(DataType.String, Encoding.ASCII.GetBytes(token))],
    })).Code;

    private static TransformGroup Raw(TransformOperation operation, byte[] token) =>
        new() { Operation = operation, App = "shop", Role = "card", Items = [new(DataType.String, token)] };
}
