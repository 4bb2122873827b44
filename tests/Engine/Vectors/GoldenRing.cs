using System.Buffers;
using System.Text;
using System.Text.Json;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Enclave.Protocol.Tokens;
using MessagePack;

namespace E3.Relay.Enclave.Engine.Tests.Vectors;

/// <summary>The keys of <c>keys.json</c>, loaded as the engine loads its state, and operations under them.</summary>
internal sealed class GoldenRing : IDisposable
{
    private static readonly JsonElement[] Named = [.. GoldenFile.Read("keys.json").GetProperty("keys").EnumerateArray()];
    private readonly StateChain _chain = new();
    private readonly RootKey _root = new(new SecretKey());
    private readonly KeyRing _ring;
    private readonly FailureMeter _meter = new(new EngineClock(TimeProvider.System));

    public GoldenRing()
    {
        _ring = new KeyRing(_root, new NsmClient(new FakeSecurityModule(TimeProvider.System), new EngineClock(TimeProvider.System)));
        IEnumerable<JsonElement> retired = Named.Where(static key => key.Flag("retired"));
        ErrorCode code = _ring.Load([.. Named.Select(key => Entry(key, (KeyPurpose)key.Byte("purpose"))), .. retired.Select(key => Entry(key, KeyPurpose.Retirement))]);
        _ring.Activate(_ring.ChainLength);
        Assert.Equal(ErrorCode.None, code);
    }

    public DataKey Key(string name) => _ring.Find(DataKey.IdOf(Named.Single(key => key.Text("name") == name).Bytes("keyId")))!;

    /// <summary>One field of a group, by the engine's own way from the operation to the answer.</summary>
    public (ErrorCode Code, DataType Type, byte[] Value) Run(TransformGroup group, DataType type, byte[] value, bool test = false)
    {
        using var sealer = new TokenSealer(static prefix => prefix.Clear(), test ? TokenHeader.TestFlag : (byte)0);
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(1);
        ErrorCode code = new GroupTransform(_ring, _meter, Everything(), default, sealer, group).Run(type, value, ref writer);
        writer.Flush();
        if (code != ErrorCode.None)
        {
            Assert.Equal(1, output.WrittenCount);
            return (code, default, []);
        }

        var reader = new MessagePackReader(output.WrittenMemory);
        var results = new TransformResult[1];
        TransformResult.ReadGroup(ref reader, results);
        return (results[0].Code, results[0].Type, results[0].Value.ToArray());
    }

    /// <summary>Seals as an engine does whose prefix is this one, and which has sealed so many messages under it.</summary>
    public byte[] Seal(DataKey key, TransformGroup group, TokenAlgorithm algorithm, DataType type, byte[] value, byte[] prefix, int messages, bool test)
    {
        using var sealer = new TokenSealer(drawn => prefix.CopyTo(drawn), test ? TokenHeader.TestFlag : (byte)0);
        var context = new AssociatedData(group);
        for (int i = 0; i < messages; i++)
            sealer.Seal(key, context, algorithm, type, value);
        return sealer.Seal(key, context, algorithm, type, value).ToArray();
    }

    public void Dispose()
    {
        _ring.Dispose();
        _root.Dispose();
    }

    private ReadOnlyMemory<byte> Entry(JsonElement key, KeyPurpose purpose)
    {
        using var secret = new SecretKey();
        if (purpose != KeyPurpose.Retirement)
            key.Bytes("key").CopyTo(secret.Span);
        byte[] entry = _root.Seal(
            new() { Position = _chain.Length + 1, PreviousHead = _chain.Head, App = key.Text("app"), Purpose = purpose, KeyVersion = key.GetProperty("version").GetUInt32(), KeyId = key.Bytes("keyId") },
            secret);
        _chain.Append(entry);
        return entry;
    }

    private static Grant Everything() => new()
    {
        FleetId = new byte[Genesis.FleetIdBytes],
        Serial = 1,
        NotBefore = 0,
        NotAfter = 0,
        Kind = CallerKind.Application,
        CallerKey = Encoding.ASCII.GetBytes("caller"),
        Name = "everything",
        Apps = [Names.Any],
        Roles = [Names.Any],
        Operations = [],
    };
}
