using System.Text;
using System.Text.Json;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Enclave.Engine.Tests.Vectors;

/// <summary><c>hashes.json</c>: keyed hashes. Another program made them from the specification.</summary>
public sealed class HashVectorTests : IDisposable
{
    private static readonly JsonElement File = GoldenFile.Read("hashes.json");
    private readonly GoldenRing _ring = new();

    public static TheoryData<string> Hashes => GoldenFile.Names(File, "hashes", "name");

    public void Dispose() => _ring.Dispose();

    [Theory]
    [MemberData(nameof(Hashes))]
    public void Hash_Golden_IsMet(string name)
    {
        JsonElement vector = GoldenFile.Find(File, "hashes", "name", name);
        var group = new TransformGroup { Operation = TransformOperation.Hash, App = vector.Text("app"), Role = vector.Text("role"), Context = vector.Bytes("context") };
        (ErrorCode code, DataType type, byte[] hash) = _ring.Run(group, (DataType)vector.Byte("type"), vector.Bytes("value"));
        Assert.Equal((ErrorCode.None, DataType.String, vector.Text("hash")), (code, type, Encoding.ASCII.GetString(hash)));
    }
}
