using E3.Relay.Enclave.Engine;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;

namespace E3.Relay.Fuzz.Targets;

/// <summary>A session with an engine in this process. One that the engine ends is opened again.</summary>
internal sealed class FuzzedSession : IDisposable
{
    private readonly FuzzedEngine _engine;
    private readonly GrantedOperation[] _operations;
    private TestCaller? _caller;
    private CallerSession? _session;

    public FuzzedSession(FuzzedEngine engine, params GrantedOperation[] operations)
    {
        (_engine, _operations) = (engine, operations);
        Open();
    }

    /// <summary>Makes a call that must succeed.</summary>
    public byte[] Call(CallType call, byte[] payload)
    {
        (ErrorCode code, byte[] answer, _) = _engine.Answer(_session!, _caller!.Frame(call, payload));
        return code == ErrorCode.None ? answer : throw new BrokenException($"the engine refused {call}: {code}");
    }

    /// <summary>Signs a payload, and sends it.</summary>
    public (ErrorCode Code, byte[] Payload) Send(CallType call, ReadOnlySpan<byte> payload) => SendFrame(_caller!.Frame(call, payload));

    /// <summary>Sends a frame as it is.</summary>
    public (ErrorCode Code, byte[] Payload) SendFrame(byte[] frame)
    {
        (ErrorCode code, byte[] answer, bool keep) = _engine.Answer(_session!, frame);
        if (!keep)
            Open();
        return (code, answer);
    }

    public void Dispose()
    {
        _session?.Dispose();
        _caller?.Dispose();
    }

    private void Open()
    {
        Dispose();
        _caller = new TestCaller { Channel = _engine.Channel };
        _session = _engine.Engine.StartSession();
        byte[] hello = _caller.HelloFrame(_engine.Fleet.Grant(_caller, TimeProvider.System.GetUtcNow(), _operations));
        (ErrorCode code, byte[] answer, _) = _engine.Answer(_session, hello);
        BrokenException.Unless(code == ErrorCode.None && Wire.TryRead(answer, HelloAnswer.Read, out HelloAnswer read) && (_caller.SessionNonce = read.SessionNonce.ToArray()).Length > 0, "a good Hello is answered");
    }
}
