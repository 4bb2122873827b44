using System.Buffers.Text;
using System.Text;
using CsCheck;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Engine.Tests.Contracts;

/// <summary>The tests that every algorithm meets, as far as they apply to it.</summary>
public sealed class AlgorithmContractTests : IDisposable
{
    private const string Digits = "4242424242424242";
    private static readonly byte[] Context = "order 42"u8.ToArray();

    private static readonly (DataType Type, string Value)[] Values =
    [
        (DataType.String, Digits), (DataType.String, ""), (DataType.String, "Ünïcödé 𝄞 e3."), (DataType.Number, "-1.50e+400"), (DataType.Boolean, "true"), (DataType.Boolean, "false"),
        (DataType.Null, ""), (DataType.Object, "{\"a\":[1]}"), (DataType.Array, "[1,2]"), (DataType.Bytes, "\u0080\0\0"),
    ];

    private readonly EngineHarness _harness = EngineHarness.Ready();
    private readonly HarnessSession _session;

    public AlgorithmContractTests()
    {
        using (HarnessSession helper = _harness.Open())
            _harness.CreateApp(helper, "books");
        _session = OpenWide(_harness);
    }

    public static TheoryData<string> All => [.. Algorithm.Registry.Select(static algorithm => algorithm.Name)];

    public static TheoryData<string> Reversible => [.. Algorithm.Registry.Where(static algorithm => algorithm.Backward is not null).Select(static algorithm => algorithm.Name)];

    public static TheoryData<string> Authenticated => [.. Algorithm.Registry.Where(static algorithm => algorithm.IsAuthenticated).Select(static algorithm => algorithm.Name)];

    public static TheoryData<string> NotAuthenticated => [.. Algorithm.Registry.Where(static algorithm => !algorithm.IsAuthenticated).Select(static algorithm => algorithm.Name)];

    public void Dispose()
    {
        _session.Dispose();
        _harness.Dispose();
    }

    [Fact]
    public void Registry_HasEveryAlgorithmAndEverySymmetricPurpose()
    {
        IEnumerable<KeyPurpose> purposes = Enum.GetValues<KeyPurpose>().Where(static purpose => purpose < KeyPurpose.ClientP256);
        Assert.Equal(purposes, Algorithm.Registry.Select(static algorithm => algorithm.Purpose));

        // Files are sealed in streams, not by Transform, and have tests of their own.
        Assert.All(Enum.GetValues<TokenAlgorithm>().Where(static token => token != TokenAlgorithm.File), static token => Assert.Contains(Algorithm.Registry, algorithm => algorithm.IsAuthenticated && algorithm.Purpose == TokenSealer.PurposeOf(token)));
    }

    [Theory]
    [MemberData(nameof(Reversible))]
    public void Value_OfEachType_ComesBack_OrIsRefusedAsAValue(string name)
    {
        Algorithm algorithm = Find(name);
        foreach ((DataType type, string value) in Values)
        {
            TransformResult made = Forward(algorithm, value, type);
            if (!algorithm.TakesAllTypes && value != Digits)
            {
                Assert.Equal(ErrorCode.ValueInvalid, made.Code);
                continue;
            }

            TransformResult back = Backward(algorithm, made);
            Assert.Equal((ErrorCode.None, type, value), (back.Code, back.Type, Encoding.UTF8.GetString(back.Value.Span)));
        }
    }

    [Theory]
    [MemberData(nameof(Reversible))]
    public void RoundTrip_OfAnyDigits_IsTheIdentity(string name)
    {
        Algorithm algorithm = Find(name);
        Gen.Char['0', '9'].Array[6, 60].Select(static digits => new string(digits)).Sample(
            value => Encoding.UTF8.GetString(Backward(algorithm, Forward(algorithm, value)).Value.Span) == value, iter: 100, threads: 1);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void EqualValues_GiveEqualResults_WhereTheAlgorithmSaysSo(string name)
    {
        Algorithm algorithm = Find(name);
        Assert.Equal(algorithm.IsDeterministic, Text(Forward(algorithm, Digits)) == Text(Forward(algorithm, Digits)));
        Assert.NotEqual(Text(Forward(algorithm, Digits)), Text(Forward(algorithm, "4242424242424243")));
    }

    [Theory]
    [MemberData(nameof(Authenticated))]
    public void FlippedBit_OfTheDecodedToken_NeverOpens(string name)
    {
        Algorithm algorithm = Find(name);
        byte[] token = Base64Url.DecodeFromUtf8(Forward(algorithm, Digits).Value.Span[3..]);
        for (int bit = 0; bit < token.Length * 8; bit++)
        {
            token[bit / 8] ^= (byte)(1 << (bit % 8));
            TransformResult back = Run(algorithm.Backward!.Value, Encoding.ASCII.GetBytes("e3." + Base64Url.EncodeToString(token)));
            Assert.True(back.Code is ErrorCode.TokenMalformed or ErrorCode.TokenRejected or ErrorCode.KeyNotLoaded, $"bit {bit}: {back.Code}");
            Assert.True(back.Value.IsEmpty);
            token[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [MemberData(nameof(Authenticated))]
    public void Token_OfAnotherAppRoleOrContext_IsRejected(string name)
    {
        Algorithm algorithm = Find(name);
        TransformResult made = Forward(algorithm, Digits);
        byte[] token = made.Value.ToArray();
        Assert.Equal(ErrorCode.None, Backward(algorithm, made).Code);
        Assert.Equal(ErrorCode.TokenRejected, Run(algorithm.Backward!.Value, token, app: "books").Code);
        Assert.Equal(ErrorCode.TokenRejected, Run(algorithm.Backward!.Value, token, role: "ssn").Code);
        Assert.Equal(ErrorCode.TokenRejected, Run(algorithm.Backward!.Value, token, context: "order 43"u8.ToArray()).Code);
        Assert.Equal(ErrorCode.TokenRejected, Run(algorithm.Backward!.Value, token, context: []).Code);
    }

    [Theory]
    [MemberData(nameof(NotAuthenticated))]
    public void Result_UnderAnotherAppRoleOrContext_IsAnotherOne(string name)
    {
        Algorithm algorithm = Find(name);
        byte[] value = Encoding.ASCII.GetBytes(Digits);
        string[] results =
        [
            Text(Run(algorithm.Forward, value)), Text(Run(algorithm.Forward, value, app: "books")), Text(Run(algorithm.Forward, value, role: "ssn")),
            Text(Run(algorithm.Forward, value, context: "order 43"u8.ToArray())), Text(Run(algorithm.Forward, value, context: [])),
        ];
        Assert.Equal(results.Length, results.Distinct().Count());
        if (algorithm.Backward is { } backward)
            Assert.DoesNotContain(Digits, (string[])[Text(Run(backward, Bytes(results[0]), app: "books")), Text(Run(backward, Bytes(results[0]), role: "ssn")), Text(Run(backward, Bytes(results[0]), context: []))]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void RetiredKey_MakesNothingNew_AndStillReverses(string name)
    {
        Algorithm algorithm = Find(name);
        TransformResult made = Forward(algorithm, Digits);
        ulong first = KeyIdOf(algorithm, version: 1);
        _harness.Rotate("shop", algorithm.Purpose);
        _harness.Retire(first);
        TransformResult again = Run(algorithm.Forward, Encoding.ASCII.GetBytes(Digits), version: 1);
        Assert.Equal(algorithm.NamesItsVersion ? ErrorCode.KeyNotLoaded : ErrorCode.None, again.Code);
        Assert.NotEqual(Text(made), Text(again));
        if (algorithm.IsAuthenticated)
            Assert.NotEqual(first, KeyIdOf(again));
        if (algorithm.Backward is not null)
            Assert.Equal(Digits, Text(Backward(algorithm, made)));
        TransformResult next = Run(algorithm.Forward, Encoding.ASCII.GetBytes(Digits), version: 2);
        Assert.Equal(ErrorCode.None, next.Code);
        Assert.NotEqual(Text(made), Text(next));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Rotation_OfItsKey_ChangesResults_AndNeverTheOldOnes(string name)
    {
        Algorithm algorithm = Find(name);
        TransformResult made = Forward(algorithm, Digits);
        _harness.Rotate("shop", algorithm.Purpose);
        Assert.Equal(algorithm.NamesItsVersion, Text(made) == Text(Forward(algorithm, Digits)));
        if (algorithm.Backward is not null)
            Assert.Equal(Digits, Text(Backward(algorithm, made)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void UnknownKey_IsNamedSo_AndNeverABadToken(string name)
    {
        Algorithm algorithm = Find(name);
        if (algorithm.IsAuthenticated)
        {
            using EngineHarness foreign = EngineHarness.Ready();
            using HarnessSession session = OpenWide(foreign);
            TransformResult theirs = Assert.Single(session.Transform(Group(algorithm.Forward, Encoding.ASCII.GetBytes(Digits), "shop", "card", Context, 1)));
            Assert.Equal(ErrorCode.KeyNotLoaded, Run(algorithm.Backward!.Value, theirs.Value.ToArray()).Code);
        }

        Assert.Equal(algorithm.NamesItsVersion ? ErrorCode.KeyNotLoaded : ErrorCode.AppUnknown, Run(algorithm.Forward, Encoding.ASCII.GetBytes(Digits), app: "nobody").Code);
        if (algorithm.NamesItsVersion)
            Assert.Equal(ErrorCode.KeyNotLoaded, Run(algorithm.Forward, Encoding.ASCII.GetBytes(Digits), version: 7).Code);
    }

    // An engine that throws answers no frame, and the call fails here.
    [Theory]
    [MemberData(nameof(All))]
    public void AnyBytes_OfAnyType_GetAnAnswerOfTheirOwn(string name)
    {
        Algorithm algorithm = Find(name);
        Gen.Select(Gen.Byte, Gen.OneOf(Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 120].Select(static bytes => Encoding.ASCII.GetBytes("e3." + Base64Url.EncodeToString(bytes))))).Sample(
            (type, bytes) =>
            {
                foreach (TransformOperation operation in (TransformOperation[])[algorithm.Forward, algorithm.Backward ?? algorithm.Forward])
                {
                    TransformResult result = Run(operation, bytes, type: (DataType)type);
                    Assert.True(result.Code is ErrorCode.None or ErrorCode.ValueInvalid or ErrorCode.TokenMalformed or ErrorCode.TokenRejected or ErrorCode.KeyNotLoaded or ErrorCode.LimitExceeded, result.Code.ToString());
                    Assert.True(result.Code == ErrorCode.None || result.Value.IsEmpty);
                }
            },
            iter: 500,
            threads: 1);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void WithoutItsGrant_NothingIsMade(string name)
    {
        Algorithm algorithm = Find(name);
        using HarnessSession other = _harness.Open([.. Enum.GetValues<TransformOperation>().Where(operation => operation != algorithm.Forward && operation != algorithm.Backward).Select(static operation => new GrantedOperation(operation))]);
        foreach (TransformOperation operation in (TransformOperation[])[algorithm.Forward, algorithm.Backward ?? algorithm.Forward])
            Assert.Equal(ErrorCode.OperationNotGranted, Assert.Single(other.Transform(Group(operation, Encoding.ASCII.GetBytes(Digits), "shop", "card", Context, 1))).Code);
    }

    private static Algorithm Find(string name) => Algorithm.Registry.Single(algorithm => algorithm.Name == name);

    private static string Text(TransformResult result) => Encoding.UTF8.GetString(result.Value.Span);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static ulong KeyIdOf(TransformResult token) => DataKey.IdOf(new TokenHeader(Base64Url.DecodeFromUtf8(token.Value.Span[3..])).KeyId);

    private static TransformGroup Group(TransformOperation operation, byte[] value, string app, string role, byte[] context, uint version, DataType type = DataType.String) =>
        new() { Operation = operation, App = app, Role = role, Context = context, KeyVersion = version, Items = [new(type, value)] };

    private static HarnessSession OpenWide(EngineHarness harness)
    {
        var caller = new TestCaller { Channel = harness.Channel };
        var session = new HarnessSession(harness.Engine, caller);
        Assert.Equal(ErrorCode.None, session.Hello(harness.Fleet.Sign(new Grant
        {
            FleetId = harness.Fleet.FleetId,
            Serial = 1,
            NotBefore = 0,
            NotAfter = harness.Now.AddHours(1).ToUnixTimeSeconds(),
            Kind = CallerKind.Application,
            CallerKey = caller.SubjectPublicKeyInfo,
            Name = "wide",
            Apps = [Names.Any],
            Roles = [Names.Any],
            Operations = [.. Enum.GetValues<TransformOperation>().Select(static operation => new GrantedOperation(operation))],
        })));
        return session;
    }

    private ulong KeyIdOf(Algorithm algorithm, uint version)
    {
        using HarnessSession helper = _harness.Open();
        KeyDescription[] keys = helper.Call(CallType.GetPublicKeys, static (ref MessagePack.MessagePackWriter writer) =>
        {
            writer.WriteArrayHeader(1);
            writer.Write("shop");
        }, KeyDescription.Read);
        return DataKey.IdOf(keys.Single(key => key.Purpose == algorithm.Purpose && key.Version == version).KeyId.Span);
    }

    private TransformResult Forward(Algorithm algorithm, string value, DataType type = DataType.String)
    {
        TransformResult result = Run(algorithm.Forward, Encoding.UTF8.GetBytes(value), type: type);
        Assert.True(result.Code == ErrorCode.None || !algorithm.TakesAllTypes, result.Code.ToString());
        return result;
    }

    private TransformResult Backward(Algorithm algorithm, TransformResult made) => Run(algorithm.Backward!.Value, made.Value.ToArray());

    private TransformResult Run(TransformOperation operation, byte[] value, string app = "shop", string role = "card", byte[]? context = null, uint version = 1, DataType type = DataType.String) =>
        Assert.Single(_session.Transform(Group(operation, value, app, role, context ?? Context, version, type)));
}
