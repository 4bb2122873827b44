using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.Enclave.Engine.Tests.Vectors;

/// <summary><c>sealed.json</c>: tokens of algorithms 1 and 2, and tokens that do not open. Another program made them from the specification.</summary>
public sealed class SealedVectorTests : IDisposable
{
    // A counter beyond is not reached by sealing in a test; such a token is only opened.
    private const ulong MessagesMax = 16;
    private static readonly JsonElement File = GoldenFile.Read("sealed.json");
    private readonly GoldenRing _ring = new();

    public static TheoryData<string> Sealed => GoldenFile.Names(File, "sealed", "name");

    public static TheoryData<string> Refused => GoldenFile.Names(File, "refused", "why");

    public void Dispose() => _ring.Dispose();

    [Theory]
    [MemberData(nameof(Sealed))]
    public void Token_Golden_OpensToItsTypeAndValue(string name)
    {
        JsonElement vector = GoldenFile.Find(File, "sealed", "name", name);
        (ErrorCode code, DataType type, byte[] value) = _ring.Run(Group(vector, TransformOperation.Decrypt), DataType.String, Encoding.UTF8.GetBytes(vector.Text("token")), vector.Flag("test"));
        Assert.Equal((ErrorCode.None, (DataType)vector.Byte("type")), (code, type));
        Assert.Equal(vector.Bytes("value"), value);
    }

    [Theory]
    [MemberData(nameof(Sealed))]
    public void Value_SealedUnderTheGoldenKeyAndNonce_IsTheToken(string name)
    {
        JsonElement vector = GoldenFile.Find(File, "sealed", "name", name);
        byte[] nonce = vector.Bytes("nonce");
        ulong counter = nonce.Length == 0 ? 0 : BinaryPrimitives.ReadUInt64BigEndian(nonce.AsSpan(16));
        if (counter >= MessagesMax || !vector.Flag("canonicalPadding"))
            return;
        byte[] prefix = nonce.Length == 0 ? new byte[12] : nonce[..12];
        byte[] token = _ring.Seal(
            _ring.Key(vector.Text("key")), Group(vector, TransformOperation.Encrypt), (TokenAlgorithm)vector.Byte("algorithm"), (DataType)vector.Byte("type"), vector.Bytes("value"), prefix, (int)counter, vector.Flag("test"));
        Assert.Equal(vector.Text("token"), "e3." + Base64Url.EncodeToString(token));
    }

    [Theory]
    [MemberData(nameof(Sealed))]
    public void AssociatedData_Golden_IsLaidOutSo(string name)
    {
        JsonElement vector = GoldenFile.Find(File, "sealed", "name", name);
        byte[] token = Base64Url.DecodeFromChars(vector.Text("token").AsSpan(3));
        Assert.Equal(vector.Bytes("associatedData"), new AssociatedData(Group(vector, TransformOperation.Decrypt)).For(token.AsSpan(0, TokenHeader.Bytes)).ToArray());
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Token_GoldenAndBad_FailsAsSaid(string why)
    {
        JsonElement vector = GoldenFile.Find(File, "refused", "why", why);
        ErrorCode failure = Enum.Parse<ErrorCode>(vector.Text("failure"));
        foreach (TransformOperation operation in (TransformOperation[])[TransformOperation.Decrypt, TransformOperation.Verify, TransformOperation.Rewrap])
        {
            (ErrorCode code, _, byte[] value) = _ring.Run(Group(vector, operation), DataType.String, Encoding.UTF8.GetBytes(vector.Text("token")), vector.Flag("test"));
            Assert.Equal((failure, 0), (code, value.Length));
        }
    }

    private static TransformGroup Group(JsonElement vector, TransformOperation operation) =>
        new() { Operation = operation, App = vector.Text("app"), Role = vector.Text("role"), Context = vector.Bytes("context") };
}
