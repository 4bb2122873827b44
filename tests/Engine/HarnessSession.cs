using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;
using MessagePack;

namespace E3.Relay.Enclave.Engine.Tests;

/// <summary>One session with an engine in memory.</summary>
internal sealed class HarnessSession(Engine engine, TestCaller caller) : IDisposable
{
    private readonly FrameBuffer _answer = new();

    public TestCaller Caller => caller;

    public CallerSession Session { get; } = engine.StartSession();

    /// <summary>Whether the engine would have kept the session after the last frame.</summary>
    public bool Kept { get; private set; }

    public ErrorCode Hello(byte[] grant)
    {
        (ErrorCode code, ReadOnlyMemory<byte> payload) = Send(caller.HelloFrame(grant));
        if (code == ErrorCode.None)
        {
            Assert.True(Wire.TryRead(payload, HelloAnswer.Read, out HelloAnswer answer));
            caller.SessionNonce = answer.SessionNonce;
        }

        return code;
    }

    public (ErrorCode Code, ReadOnlyMemory<byte> Payload) Send(byte[] frame)
    {
        Kept = engine.Answer(Session, frame, _answer);
        Assert.True(AnswerHeader.TryRead(_answer.Frame.Span, out AnswerHeader header));
        return (header.Code, _answer.Frame[AnswerHeader.Bytes..].ToArray());
    }

    public ErrorCode TryCall(CallType call, Wire.Body body) => Send(caller.Frame(call, body)).Code;

    public void Call(CallType call, Wire.Body body) => Assert.Equal(ErrorCode.None, TryCall(call, body));

    public T Call<T>(CallType call, Wire.Body body, Wire.Reader<T> read)
    {
        (ErrorCode code, ReadOnlyMemory<byte> payload) = Send(caller.Frame(call, body));
        Assert.Equal(ErrorCode.None, code);
        Assert.True(Wire.TryRead(payload, read, out T answer));
        return answer;
    }

    public TransformResult[] Transform(TransformGroup group) => TransformAll(group)[0];

    /// <summary>Several groups in one frame.</summary>
    public TransformResult[][] TransformAll(params TransformGroup[] groups) => Call(CallType.Transform, TestCaller.Transform(groups), (ref MessagePackReader reader) =>
    {
        Wire.ReadArray(ref reader, groups.Length);
        var results = new TransformResult[groups.Length][];
        for (int i = 0; i < groups.Length; i++)
        {
            results[i] = new TransformResult[groups[i].Items.Count];
            TransformResult.ReadGroup(ref reader, results[i]);
        }

        return results;
    });

    public string Encrypt(string value, DataType type = DataType.String, byte[]? context = null)
    {
        TransformResult result = Assert.Single(Transform(With(EngineHarness.Group(TransformOperation.Encrypt, (type, value)), context)));
        Assert.Equal(ErrorCode.None, result.Code);
        return Encoding.ASCII.GetString(result.Value.Span);
    }

    public TransformResult Open(string token, TransformOperation operation = TransformOperation.Decrypt, byte[]? context = null) =>
        Assert.Single(Transform(With(EngineHarness.Group(operation, (DataType.String, token)), context)));

    public void Dispose()
    {
        Session.Dispose();
        _answer.Dispose();
    }

    private static TransformGroup With(TransformGroup group, byte[]? context) =>
        new() { Operation = group.Operation, App = group.App, Role = group.Role, Context = context, Items = group.Items };
}
