using E3.Relay.Enclave.Engine;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Framing;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;
using MessagePack;

namespace E3.Relay.Fuzz.Targets;

/// <summary>
/// The first byte chooses who speaks (anybody with a frame of their own making, an application, the helper, the helper of an engine without keys, a newcomer), the second the call; the rest
/// is the frame, or the payload of one that is signed properly.
/// </summary>
internal sealed class FrameTarget : IFuzzTarget
{
    private const int Speakers = 5;
    private const byte Anybody = 0, Application = 1, Helper = 2, BootingHelper = 3;

    // State grows with what the helper is granted, so an engine serves for a while only.
    private const int FramesMax = 20_000;

    private readonly List<byte[]> _seeds = [];
    private readonly List<byte[]> _words = [];
    private readonly TestCaller _newcomer = new();
    private FuzzedEngine? _ready, _booting;
    private FuzzedSession? _application, _helper, _bootingHelper;
    private int _frames;

    public FrameTarget()
    {
        StartReady();
        StartBooting();
        MakeSeeds();
    }

    public string Name => "frame";

    public IEnumerable<byte[]> Seeds => _seeds;

    public IEnumerable<byte[]> Words => [.. _words, [0xA4, .. "shop"u8], [0xA4, .. "card"u8], [0xC4, 0x20, .. new byte[32]]];

    public int Run(ReadOnlyMemory<byte> input)
    {
        if (input.Length < 2)
            return -1;
        if (++_frames % FramesMax == 0 || _ready!.Engine.Phase != EnginePhase.Ready)
            StartReady();
        if (_booting!.Engine.Phase != EnginePhase.Booting)
            StartBooting();
        int speaker = input.Span[0] % Speakers;
        var call = (CallType)input.Span[1];
        ReadOnlyMemory<byte> rest = input[2..];
        ErrorCode code = speaker switch
        {
            Anybody => SendUnsigned(rest.Span),
            Application => _application!.Send(call, rest.Span).Code,
            Helper => _helper!.Send(call, rest.Span).Code,
            BootingHelper => _bootingHelper!.Send(call, rest.Span).Code,
            _ => SendHello(rest.Span),
        };
        return (speaker << 24) | ((int)call << 16) | (int)code;
    }

    public void Dispose()
    {
        StopReady();
        StopBooting();
        _newcomer.Dispose();
    }

    private ErrorCode SendUnsigned(ReadOnlySpan<byte> bytes)
    {
        byte[] frame = new byte[Math.Max(bytes.Length, RequestHeader.Bytes)];
        bytes.CopyTo(frame);
        ErrorCode code = _application!.SendFrame(frame).Code;
        BrokenException.Unless(code != ErrorCode.None, "a frame that the caller did not sign is refused");
        return code;
    }

    private ErrorCode SendHello(ReadOnlySpan<byte> hello)
    {
        using CallerSession session = _ready!.Engine.StartSession();
        _newcomer.Channel = _ready.Channel;
        _newcomer.Sequence = 0;
        return _ready.Answer(session, _newcomer.Frame(CallType.Hello, [.. _newcomer.SubjectPublicKeyInfo, .. hello])).Code;
    }

    private void StartReady()
    {
        StopReady();
        _ready = new FuzzedEngine();
        _helper = new FuzzedSession(_ready);
        _ready.Prepare(_helper);
        _application = new FuzzedSession(_ready, [.. Enum.GetValues<TransformOperation>().Select(static operation => new GrantedOperation(operation, 6, 4))]);
    }

    private void StartBooting()
    {
        StopBooting();
        _booting = new FuzzedEngine();
        _bootingHelper = new FuzzedSession(_booting);
    }

    private void StopReady()
    {
        _application?.Dispose();
        _helper?.Dispose();
        _ready?.Dispose();
    }

    private void StopBooting()
    {
        _bootingHelper?.Dispose();
        _booting?.Dispose();
    }

    private void MakeSeeds()
    {
        foreach (TransformOperation operation in Enum.GetValues<TransformOperation>())
            Add(Application, CallType.Transform, TestCaller.Transform(Group(operation, "4242424242424242"u8.ToArray())));
        byte[] sealedItems = _application!.Call(CallType.Transform, Wire.Write(TestCaller.Transform(Group(TransformOperation.Encrypt, "4242424242424242"u8.ToArray()))));
        byte[] token = sealedItems[sealedItems.AsSpan().IndexOf("e3."u8)..];
        _words.Add(token);
        foreach (TransformOperation operation in (TransformOperation[])[TransformOperation.Decrypt, TransformOperation.Verify, TransformOperation.Mask, TransformOperation.Rewrap])
            Add(Application, CallType.Transform, TestCaller.Transform(Group(operation, token)));
        KeyRequest[] requests = [new("shop", KeyPurpose.Random)];
        byte[] created = _helper!.Call(CallType.CreateKey, Wire.Write((ref MessagePackWriter writer) => KeyRequest.Write(ref writer, [new("other", KeyPurpose.Random)])));
        _seeds.Add([Helper, (byte)CallType.LoadState, .. created]);
        Add(Helper, CallType.ActivateKey, static (ref MessagePackWriter writer) => FuzzedEngine.Length(ref writer, 6));
        _seeds.Add([BootingHelper, (byte)CallType.LoadState, .. created]);
        foreach (CallType call in (CallType[])[CallType.CreateKey, CallType.RotateKey])
            Add(Helper, call, (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, requests));
        Add(Helper, CallType.SetPolicy, Document(DocumentKind.Policy, new Policy(_ready!.Fleet.FleetId, 1, 0, 0).Write()));
        Add(Helper, CallType.RewrapState, Document(DocumentKind.RewrapOrder, new RewrapOrder(_ready.Fleet.FleetId, _ready.RootCommitment, TestFleet.KmsPublicKey).Write()));
        Add(BootingHelper, CallType.UnsealRoot, new UnsealRoot(_booting!.Fleet.SignGenesis(new byte[32]), TestFleet.Envelope(new byte[32], TestFleet.KmsPublicKey)).Write);
        byte[] grant = _ready.Fleet.Grant(_newcomer, TimeProvider.System.GetUtcNow());
        Add(Speakers - 1, CallType.Hello, new Hello(1, 1, new byte[Hello.NonceBytes], grant).Write);
    }

    private Wire.Body Document(DocumentKind kind, byte[] body)
    {
        byte[] signed = _ready!.Fleet.Sign(kind, body);
        return (ref MessagePackWriter writer) =>
        {
            writer.WriteArrayHeader(1);
            writer.Write(signed);
        };
    }

    private void Add(byte speaker, CallType call, Wire.Body body) => _seeds.Add([speaker, (byte)call, .. Wire.Write(body)]);

    private static TransformGroup Group(TransformOperation operation, byte[] value) =>
        new() { Operation = operation, App = "shop", Role = "card", KeepFirst = 1, KeepLast = 4, KeyVersion = 1, Items = [new(DataType.String, value), new(DataType.Number, "12"u8.ToArray())] };
}
