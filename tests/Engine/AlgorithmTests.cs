using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CsCheck;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;
using E3.Relay.Testing;
using MessagePack;

namespace E3.Relay.Enclave.Engine.Tests;

/// <summary>The operations beside encrypt and decrypt.</summary>
public sealed class AlgorithmTests : IDisposable
{
    private static readonly GrantedOperation[] All =
        [.. Enum.GetValues<TransformOperation>().Select(static operation => new GrantedOperation(operation, 4, 4))];

    private readonly EngineHarness _harness = EngineHarness.Ready();
    private readonly HarnessSession _session;

    public AlgorithmTests() => _session = _harness.Open(All);

    public void Dispose()
    {
        _session.Dispose();
        _harness.Dispose();
    }

    [Fact]
    public void Deterministic_OfEqualValues_IsEqual_AndOpens()
    {
        string first = Run(TransformOperation.EncryptDeterministic, "ann@example.com"), second = Run(TransformOperation.EncryptDeterministic, "ann@example.com");
        Assert.Equal(first, second);
        Assert.NotEqual(first, Run(TransformOperation.EncryptDeterministic, "bob@example.com"));
        Assert.NotEqual(first, Run(TransformOperation.EncryptDeterministic, "ann@example.com", context: "x"u8.ToArray()));
        Assert.Equal("ann@example.com", Run(TransformOperation.Decrypt, first));
        Assert.Equal(TokenGrammar.Characters(TokenAlgorithm.Deterministic, 32), first.Length);
    }

    [Theory]
    [InlineData(TransformOperation.Encrypt)]
    [InlineData(TransformOperation.EncryptDeterministic)]
    public void Token_OfEachAlgorithm_RoundTripsAndNoFlippedBitOpens(TransformOperation operation)
    {
        Gen.String.Where(static text => !text.Any(char.IsSurrogate)).Sample(text => Run(TransformOperation.Decrypt, Run(operation, text)) == text, iter: 100, threads: 1);
        byte[] token = Encoding.ASCII.GetBytes(Run(operation, "4242424242424242"));
        for (int bit = 0; bit < token.Length * 8; bit++)
        {
            byte[] changed = [.. token];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            TransformResult result = Assert.Single(_session.Transform(Group(TransformOperation.Decrypt, changed)));
            Assert.True(result.Code is ErrorCode.TokenMalformed or ErrorCode.TokenRejected or ErrorCode.KeyNotLoaded, $"bit {bit}: {result.Code}");
        }
    }

    [Fact]
    public void Rewrap_GivesATokenUnderTheNewestKey_OfTheSameAlgorithmTypeAndContext()
    {
        byte[] context = "order 1"u8.ToArray();
        string random = Run(TransformOperation.Encrypt, "4242", context: context), deterministic = Run(TransformOperation.EncryptDeterministic, "4242", context: context);
        _harness.Rotate("shop", KeyPurpose.Random, KeyPurpose.Deterministic);
        foreach (string old in (string[])[random, deterministic])
        {
            string rewrapped = Run(TransformOperation.Rewrap, old, context: context);
            Assert.NotEqual(KeyId(old), KeyId(rewrapped));
            Assert.Equal(Algorithm(old), Algorithm(rewrapped));
            Assert.Equal("4242", Run(TransformOperation.Decrypt, rewrapped, context: context));
            Assert.Equal(ErrorCode.TokenRejected, Assert.Single(_session.Transform(Group(TransformOperation.Rewrap, Encoding.ASCII.GetBytes(old)))).Code);
        }
    }

    [Fact]
    public void Lookup_GivesTheTokensUnderAllVersionsThatAreNotRetired()
    {
        string first = Run(TransformOperation.EncryptDeterministic, "ann");
        _harness.Rotate("shop", KeyPurpose.Deterministic);
        string second = Run(TransformOperation.EncryptDeterministic, "ann");
        Assert.NotEqual(first, second);
        Assert.Equal([second, first], JsonSerializer.Deserialize<string[]>(Run(TransformOperation.Lookup, "ann"))!);
        _harness.Retire(KeyId(first));
        Assert.Equal([second], JsonSerializer.Deserialize<string[]>(Run(TransformOperation.Lookup, "ann"))!);
        Assert.Equal("ann", Run(TransformOperation.Decrypt, first));
    }

    [Fact]
    public void Lookup_OfALargeValueUnderManyVersions_StopsAtTheLimitOfAnAnswer()
    {
        var group = Group(TransformOperation.Lookup, Encoding.ASCII.GetBytes(new string('x', ProtocolLimits.FieldBytesMax)));
        Assert.Equal(ErrorCode.None, Assert.Single(_session.Transform(group)).Code);
        _harness.Rotate("shop", KeyPurpose.Deterministic);
        _harness.Rotate("shop", KeyPurpose.Deterministic);
        Assert.Equal(ErrorCode.LimitExceeded, Assert.Single(_session.Transform(group)).Code);
    }

    [Fact]
    public void Hash_IsTheSameForEqualValuesAndDependsOnRoleAndContext()
    {
        string hash = Run(TransformOperation.Hash, "ann");
        Assert.Equal(43, hash.Length);
        Assert.Equal(hash, Run(TransformOperation.Hash, "ann"));
        Assert.NotEqual(hash, Run(TransformOperation.Hash, "bob"));
        Assert.NotEqual(hash, Run(TransformOperation.Hash, "ann", context: "x"u8.ToArray()));
    }

    [Theory]
    [InlineData("4242424242424242", 0, 0, false)]
    [InlineData("4242424242424242", 0, 4, true)]
    [InlineData("4242424242424242", 6, 0, true)]
    [InlineData("0000000000000000", 0, 4, true)]
    [InlineData("123456", 0, 0, false)]
    public void Preserve_KeepsLengthAlphabetKeptCharactersAndCheckDigit(string value, byte first, byte last, bool luhn)
    {
        string preserved = Preserve(TransformOperation.Preserve, value, first, last, luhn)!;
        Assert.NotEqual(value, preserved);
        Assert.Matches($"^[0-9]{{{value.Length}}}$", preserved);
        Assert.Equal(value[..first], preserved[..first]);
        Assert.Equal(value[^last..], preserved[^last..]);
        Assert.True(!luhn || IsLuhn(preserved));
        Assert.Equal(value, Preserve(TransformOperation.Unpreserve, preserved, first, last, luhn));
        Assert.Equal(preserved, Preserve(TransformOperation.Preserve, value, first, last, luhn));
    }

    [Fact]
    public void Preserve_OfAnyDigits_IsUndone() =>
        Gen.Char['0', '9'].Array[6, 30].Select(static digits => new string(digits)).Sample(
            value => Preserve(TransformOperation.Unpreserve, Preserve(TransformOperation.Preserve, value, 0, 0, false)!, 0, 0, false) == value, iter: 100, threads: 1);

    [Theory]
    [InlineData("12345", 0, 0, false)]
    [InlineData("4242424242424242", 6, 5, false)]
    [InlineData("4242424242424241", 0, 4, true)]
    [InlineData("4242 4242 4242 4242", 0, 4, false)]
    [InlineData("abcdefgh", 0, 0, false)]
    [InlineData("", 0, 0, false)]
    public void Preserve_OfWhatCannotBe_IsRefused(string value, byte first, byte last, bool luhn) => Assert.Null(Preserve(TransformOperation.Preserve, value, first, last, luhn));

    [Fact]
    public void Preserve_UnderAVersionThatDoesNotExist_IsKeyNotLoaded() =>
        Assert.Equal(ErrorCode.KeyNotLoaded, Assert.Single(_session.Transform(PreserveGroup(TransformOperation.Preserve, "4242424242424242", 0, 0, false, version: 2))).Code);

    [Fact]
    public void RetiredKey_OpensButNeverSeals()
    {
        string token = Run(TransformOperation.Encrypt, "old");
        Assert.Equal(ErrorCode.KeyNotRetirable, _harness.TryRetire(KeyId(token)));
        _harness.Rotate("shop", KeyPurpose.Random);
        _harness.Retire(KeyId(token));
        Assert.Equal("old", Run(TransformOperation.Decrypt, token));
        Assert.NotEqual(KeyId(token), KeyId(Run(TransformOperation.Encrypt, "new")));
        Assert.Equal(ErrorCode.KeyNotRetirable, _harness.TryRetire(KeyId(token)));
        using EngineHarness again = _harness.Restart();
        using HarnessSession session = again.Open(All);
        Assert.Equal(ErrorCode.None, session.Open(token).Code);
    }

    [Fact]
    public void Policy_RevokesOlderGrants_AtOnceAndAfterARestart()
    {
        using HarnessSession helper = _harness.Open();
        _harness.Activate(helper, CallType.SetPolicy, PolicyBody(_harness.Fleet, serial: 1, minimum: 2));
        Assert.Equal(ErrorCode.GrantRevoked, _session.TryCall(CallType.Transform, TestCaller.Transform(Group(TransformOperation.Hash, [1]))));
        using var caller = new TestCaller { Channel = _harness.Channel };
        using var late = new HarnessSession(_harness.Engine, caller);
        Assert.Equal(ErrorCode.GrantRevoked, late.Hello(_harness.Fleet.Grant(caller, _harness.Now, All)));
        using EngineHarness again = _harness.Restart();
        using var other = new TestCaller { Channel = again.Channel };
        using var afterwards = new HarnessSession(again.Engine, other);
        Assert.Equal(ErrorCode.GrantRevoked, afterwards.Hello(again.Fleet.Grant(other, again.Now, All)));
    }

    [Fact]
    public void Policy_OlderUnsignedOrOfAnotherFleet_IsRefused()
    {
        using HarnessSession helper = _harness.Open();
        _harness.Activate(helper, CallType.SetPolicy, PolicyBody(_harness.Fleet, serial: 5, minimum: 0));
        Assert.Equal(ErrorCode.OrderUntrusted, helper.TryCall(CallType.SetPolicy, PolicyBody(_harness.Fleet, serial: 5, minimum: 0)));
        using var stranger = new TestFleet { FleetId = _harness.Fleet.FleetId };
        Assert.Equal(ErrorCode.OrderUntrusted, helper.TryCall(CallType.SetPolicy, PolicyBody(stranger, serial: 6, minimum: 0)));
        byte[] otherFleet = _harness.Fleet.Sign(DocumentKind.Policy, new Policy(new byte[16], 6, 0, 0).Write());
        Assert.Equal(ErrorCode.OrderUntrusted, helper.TryCall(CallType.SetPolicy, Document(otherFleet)));
        byte[] otherKind = _harness.Fleet.Sign(DocumentKind.Genesis, new Policy(_harness.Fleet.FleetId, 6, 0, 0).Write());
        Assert.Equal(ErrorCode.OrderUntrusted, helper.TryCall(CallType.SetPolicy, Document(otherKind)));
    }

    [Fact]
    public void RewrapState_MovesEverythingToANewRoot()
    {
        string token = Run(TransformOperation.Encrypt, "before");
        _harness.Rotate("shop", KeyPurpose.Random);
        _harness.Retire(KeyId(token));
        using EngineHarness moved = _harness.MoveToNewRoot();
        using HarnessSession session = moved.Open(All);
        Assert.Equal("before", Encoding.UTF8.GetString(session.Open(token).Value.Span));
        Assert.NotEqual(_harness.Genesis, moved.Genesis);
    }

    [Fact]
    public void RewrapState_WithoutAnOrderThatHolds_IsRefused()
    {
        using HarnessSession helper = _harness.Open();
        using var stranger = new TestFleet { FleetId = _harness.Fleet.FleetId };
        byte[] forged = stranger.Sign(DocumentKind.RewrapOrder, new RewrapOrder(_harness.Fleet.FleetId, _harness.RootCommitment, TestFleet.KmsPublicKey).Write());
        Assert.Equal(ErrorCode.OrderUntrusted, helper.TryCall(CallType.RewrapState, Order(forged)));
        byte[] stale = _harness.Fleet.Sign(DocumentKind.RewrapOrder, new RewrapOrder(_harness.Fleet.FleetId, new byte[32], TestFleet.KmsPublicKey).Write());
        Assert.Equal(ErrorCode.OrderUntrusted, helper.TryCall(CallType.RewrapState, Order(stale)));
        using var shortKey = RSA.Create(1024);
        foreach (byte[] kms in (byte[][])[[1, 2, 3], shortKey.ExportSubjectPublicKeyInfo()])
        {
            byte[] useless = _harness.Fleet.Sign(DocumentKind.RewrapOrder, new RewrapOrder(_harness.Fleet.FleetId, _harness.RootCommitment, kms).Write());
            Assert.Equal(ErrorCode.OrderUntrusted, helper.TryCall(CallType.RewrapState, Order(useless)));
        }

        Assert.Equal(ErrorCode.PhaseInvalid, helper.TryCall(CallType.GetRewrapped, Position(0)));
    }

    [Fact]
    public void Statistics_CountOperationsAndNeverNameAnApp()
    {
        Run(TransformOperation.Encrypt, "x");
        _session.Open("e3.no");
        using HarnessSession helper = _harness.Open();
        (ErrorCode code, ReadOnlyMemory<byte> payload) = helper.Send(helper.Caller.Frame(CallType.GetStatistics, []));
        Assert.Equal(ErrorCode.None, code);
        var reader = new MessagePackReader(payload);
        Assert.Equal(10, reader.ReadArrayHeader());
        for (int i = 0; i < 5; i++)
            Assert.True(reader.ReadInt64() >= 0);
        Assert.Equal(2, reader.ReadInt64());
        Assert.Equal(0, reader.ReadInt64());
        Assert.Equal(6, reader.ReadInt64());
        var counts = new Dictionary<int, (long, long)>();
        for (int left = reader.ReadArrayHeader(); left > 0; left--)
        {
            reader.ReadArrayHeader();
            counts[reader.ReadInt32()] = (reader.ReadInt64(), reader.ReadInt64());
        }

        Assert.Equal((1, 0), counts[(int)TransformOperation.Encrypt]);
        Assert.Equal((0, 1), counts[(int)TransformOperation.Decrypt]);
        Assert.DoesNotContain("shop", Encoding.Latin1.GetString(payload.Span), StringComparison.Ordinal);
        Assert.Equal(ErrorCode.CallNotGranted, _session.Send(_session.Caller.Frame(CallType.GetStatistics, [])).Code);
    }

    internal static Wire.Body Document(byte[] document) => (ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(1);
        writer.Write(document);
    };

    internal static Wire.Body Order(byte[] document) => (ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(2);
        writer.Write(RandomNumberGenerator.GetBytes(32));
        writer.Write(document);
    };

    internal static Wire.Body Position(ulong from) => (ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(1);
        writer.Write(from);
    };

    private static Wire.Body PolicyBody(TestFleet fleet, ulong serial, ulong minimum) =>
        Document(fleet.Sign(DocumentKind.Policy, new Policy(fleet.FleetId, serial, 0, minimum).Write()));

    internal static ulong KeyId(string token) => DataKey.IdOf(Header(token).KeyId);

    private static TokenAlgorithm Algorithm(string token) => Header(token).Algorithm;

    private static TokenHeader Header(string token)
    {
        byte[] bytes = new byte[token.Length];
        Assert.True(TokenGrammar.TryDecode(Encoding.ASCII.GetBytes(token), bytes, out int length));
        return new TokenHeader(bytes.AsSpan(0, length));
    }

    private static bool IsLuhn(string digits) =>
        digits.Reverse().Select(static (digit, i) => i % 2 == 0 ? digit - '0' : (2 * (digit - '0') % 10) + (2 * (digit - '0') / 10)).Sum() % 10 == 0;

    private static TransformGroup Group(TransformOperation operation, byte[] value, byte[]? context = null) =>
        new() { Operation = operation, App = "shop", Role = "card", Context = context, Items = [new(DataType.String, value)] };

    private static TransformGroup PreserveGroup(TransformOperation operation, string value, byte first, byte last, bool luhn, uint version = 1) => new()
    {
        Operation = operation,
        App = "shop",
        Role = "card",
        KeepFirst = first,
        KeepLast = last,
        Luhn = luhn,
        KeyVersion = version,
        Items = [new(DataType.String, Encoding.ASCII.GetBytes(value))],
    };

    private string Run(TransformOperation operation, string value, byte[]? context = null)
    {
        TransformResult result = Assert.Single(_session.Transform(Group(operation, Encoding.UTF8.GetBytes(value), context)));
        Assert.Equal(ErrorCode.None, result.Code);
        return Encoding.UTF8.GetString(result.Value.Span);
    }

    private string? Preserve(TransformOperation operation, string value, byte first, byte last, bool luhn)
    {
        TransformResult result = Assert.Single(_session.Transform(PreserveGroup(operation, value, first, last, luhn)));
        Assert.True(result.Code is ErrorCode.None or ErrorCode.ValueInvalid, result.Code.ToString());
        return result.Code == ErrorCode.None ? Encoding.ASCII.GetString(result.Value.Span) : null;
    }
}
