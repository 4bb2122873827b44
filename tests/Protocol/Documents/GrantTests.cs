using System.Text.Json;
using CsCheck;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Enclave.Protocol.Tests.Documents;

public sealed class GrantTests
{
    private const string File = "documents.json";
    private const int Elements = 12;

    public static TheoryData<string> Grants => Vectors.Names(File, "grants");

    [Theory]
    [MemberData(nameof(Grants))]
    public void Body_Golden_ReadsAndWritesTheSame(string name)
    {
        JsonElement vector = Vectors.Find(File, "grants", name);
        byte[] body = vector.Bytes("body");
        Assert.True(Grant.TryRead(body, out Grant grant));
        Assert.Equal(vector.Bytes("fleetId"), grant.FleetId.ToArray());
        Assert.Equal(vector.Number("serial"), grant.Serial);
        Assert.Equal(vector.GetProperty("notBefore").GetInt64(), grant.NotBefore);
        Assert.Equal(vector.GetProperty("notAfter").GetInt64(), grant.NotAfter);
        Assert.Equal((CallerKind)vector.GetProperty("kind").GetByte(), grant.Kind);
        Assert.Equal(vector.Bytes("callerSpki"), grant.CallerKey.ToArray());
        Assert.Equal(vector.Text("caller"), grant.Name);
        Assert.Equal(vector.Texts("apps"), grant.Apps);
        Assert.Equal(vector.Texts("roles"), grant.Roles);
        Assert.Equal(vector.GetProperty("operations").EnumerateArray().Select(ReadOperation), grant.Operations);
        Assert.Equal(vector.GetProperty("limits").EnumerateArray().Select(limit => limit.GetUInt32()), [grant.FieldsMax, grant.FieldBytesMax, grant.FailedOpensMax]);
        Assert.Equal(body, grant.Write());
    }

    [Fact]
    public void Body_OfAnyTruncation_IsRefused()
    {
        byte[] body = Body();
        for (int length = 0; length < body.Length; length++)
            Assert.False(Grant.TryRead(body.AsMemory(0, length), out _), $"{length} bytes");
    }

    [Fact]
    public void Body_WithBytesBehindIt_IsRefused() => Assert.False(Grant.TryRead(new byte[][] { Body(), [0xC0] }.SelectMany(part => part).ToArray(), out _));

    [Theory]
    [InlineData(Elements - 1)]
    [InlineData(Elements + 1)]
    [InlineData(0)]
    public void Body_OfAnotherElementCount_IsRefused(int count)
    {
        byte[] body = [.. Body(), 0xC0];
        body[0] = (byte)(0x90 + count);
        Assert.False(Grant.TryRead(body, out _));
        Assert.False(Grant.TryRead(body[..^1], out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(127)]
    public void Body_OfAnotherVersion_IsRefused(byte version)
    {
        byte[] body = Body();
        body[1] = version;
        Assert.False(Grant.TryRead(body, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Shop")]
    [InlineData("shop ")]
    [InlineData("sh/op")]
    [InlineData("shöp")]
    [InlineData("shop\0")]
    [InlineData("**")]
    [InlineData("a1234567890123456789012345678901234567890123456789012345678901234")]
    public void Names_ThatAreNone_AreRefused(string name)
    {
        Assert.False(IsReadable(With(name: name)));
        Assert.False(IsReadable(With(apps: [name])));
        Assert.False(IsReadable(With(roles: ["card", name])));
    }

    [Fact]
    public void AnyName_IsReadAlone_AndNeverBesideOthersOrAsTheCallersName()
    {
        Assert.True(IsReadable(With(apps: ["*"], roles: ["*"])));
        Assert.False(IsReadable(With(apps: ["*", "shop"])));
        Assert.False(IsReadable(With(roles: ["*", "*"])));
        Assert.False(IsReadable(With(name: "*")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(255)]
    public void Kind_Unknown_IsRefused(byte kind) => Assert.False(IsReadable(With(kind: (CallerKind)kind)));

    [Fact]
    public void Lists_OverTheLimit_AreRefused()
    {
        string[] names = [.. Enumerable.Range(0, ProtocolLimits.GrantNamesMax + 1).Select(index => $"n{index}")];
        Assert.True(IsReadable(With(apps: names[1..])));
        Assert.False(IsReadable(With(apps: names)));
        Assert.False(IsReadable(With(operations: [.. names.Select(_ => new GrantedOperation(TransformOperation.Encrypt))])));
    }

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    public void FleetId_OfAnotherLength_IsRefused(int bytes) => Assert.False(IsReadable(With(fleetId: new byte[bytes])));

    [Fact]
    public void Limits_OfAnotherCount_AreRefused()
    {
        // The last array is [20000, 1048576, 100000]: one element less, and one more.
        byte[] body = Body();
        int limits = body.Length - 14;
        Assert.Equal(0x93, body[limits]);
        body[limits] = 0x92;
        Assert.False(Grant.TryRead(body.AsMemory(0, body.Length - 5), out _));
        body[limits] = 0x94;
        Assert.False(Grant.TryRead(new byte[][] { body, [1] }.SelectMany(part => part).ToArray(), out _));
    }

    [Fact]
    public void Names_GrantTheirNameOrAll()
    {
        Assert.True(Grant.Names(["shop", "books"], "books"));
        Assert.True(Grant.Names(["*"], "books"));
        Assert.False(Grant.Names([], "books"));
        Assert.False(Grant.Names(["book", "books."], "books"));
    }

    [Fact]
    public void Body_WithAnyByteChanged_NeverThrowsAndWritesWhatItReads() =>
        Gen.Select(Gen.Int[0, Body().Length - 1], Gen.Byte).Sample((position, value) =>
        {
            byte[] body = Body();
            body[position] = value;
            if (Grant.TryRead(body, out Grant grant))
                Assert.True(Grant.TryRead(grant.Write(), out _));
        });

    [Fact]
    public void TryRead_OfRandomBytes_NeverThrows() => Gen.Byte.Array[0, 200].Sample(bytes => { Grant.TryRead(bytes, out _); });

    private static byte[] Body() => Vectors.Find(File, "grants", "application").Bytes("body");

    private static bool IsReadable(Grant grant) => Grant.TryRead(grant.Write(), out _);

    private static Grant With(
        string name = "requests", string[]? apps = null, string[]? roles = null, CallerKind kind = CallerKind.Application, byte[]? fleetId = null, GrantedOperation[]? operations = null) => new()
        {
            FleetId = fleetId ?? new byte[16],
            Serial = 1,
            NotBefore = 0,
            NotAfter = 1,
            Kind = kind,
            CallerKey = new byte[91],
            Name = name,
            Apps = apps ?? ["shop"],
            Roles = roles ?? ["card"],
            Operations = operations ?? [],
        };

    private static GrantedOperation ReadOperation(JsonElement operation) => new((TransformOperation)operation[0].GetByte(), operation[1].GetByte(), operation[2].GetByte());
}
