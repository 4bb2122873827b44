using System.Text;
using System.Text.Json;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Enclave.Engine.Tests.Vectors;

/// <summary><c>preserved.json</c>: format-preserving encryption. Another program made the results from the specification.</summary>
public sealed class PreservedVectorTests : IDisposable
{
    private static readonly JsonElement File = GoldenFile.Read("preserved.json");
    private readonly GoldenRing _ring = new();

    public static TheoryData<string> Preserved => GoldenFile.Names(File, "preserved", "name");

    public static TheoryData<string> Refused => GoldenFile.Names(File, "refused", "why");

    public void Dispose() => _ring.Dispose();

    [Theory]
    [MemberData(nameof(Preserved))]
    public void Value_Golden_GivesItsResult_AndComesBack(string name)
    {
        JsonElement vector = GoldenFile.Find(File, "preserved", "name", name);
        uint version = _ring.Key(vector.Text("key")).Version;
        Assert.Equal(vector.Text("result"), Run(vector, TransformOperation.Preserve, version, vector.Text("value")));
        Assert.Equal(vector.Text("value"), Run(vector, TransformOperation.Unpreserve, version, vector.Text("result")));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Value_GoldenAndBad_FailsAsSaid(string why)
    {
        JsonElement vector = GoldenFile.Find(File, "refused", "why", why);
        foreach (TransformOperation operation in (TransformOperation[])[TransformOperation.Preserve, TransformOperation.Unpreserve])
        {
            TransformGroup group = Group(vector, operation, vector.GetProperty("keyVersion").GetUInt32());
            Assert.Equal(Enum.Parse<ErrorCode>(vector.Text("failure")), _ring.Run(group, (DataType)vector.Byte("type"), Encoding.UTF8.GetBytes(vector.Text("value"))).Code);
        }
    }

    private string Run(JsonElement vector, TransformOperation operation, uint version, string value)
    {
        (ErrorCode code, DataType type, byte[] result) = _ring.Run(Group(vector, operation, version), DataType.String, Encoding.ASCII.GetBytes(value));
        Assert.Equal((ErrorCode.None, DataType.String), (code, type));
        return Encoding.ASCII.GetString(result);
    }

    private static TransformGroup Group(JsonElement vector, TransformOperation operation, uint version) => new()
    {
        Operation = operation,
        App = vector.Text("app"),
        Role = vector.Text("role"),
        Context = vector.Bytes("context"),
        KeepFirst = vector.Byte("first"),
        KeepLast = vector.Byte("last"),
        Alphabet = (Alphabet)vector.Byte("alphabet"),
        Luhn = vector.Flag("luhn"),
        KeyVersion = version,
    };
}
