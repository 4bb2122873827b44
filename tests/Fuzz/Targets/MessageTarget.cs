using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using MessagePack;

namespace E3.Relay.Fuzz.Targets;

/// <summary>The first byte chooses a reader, the rest is its message. What is read and written again is read and written the same.</summary>
internal sealed class MessageTarget : IFuzzTarget
{
    private delegate byte[]? Again(ReadOnlyMemory<byte> bytes);

    private static readonly Again[] Readers =
    [
        static bytes => Wire.TryRead(bytes, Hello.Read, out Hello message) ? Wire.Write(message.Write) : null,
        static bytes => Wire.TryRead(bytes, HelloAnswer.Read, out HelloAnswer message) ? Wire.Write(message.Write) : null,
        static bytes => Wire.TryRead(bytes, Evidence.Read, out Evidence message) ? Wire.Write(message.Write) : null,
        static bytes => Wire.TryRead(bytes, AttestationStatement.Read, out AttestationStatement message) ? Wire.Write(message.Write) : null,
        static bytes => Wire.TryRead(bytes, CreatedRoot.Read, out CreatedRoot message) ? Wire.Write(message.Write) : null,
        static bytes => Wire.TryRead(bytes, UnsealRoot.Read, out UnsealRoot message) ? Wire.Write(message.Write) : null,
        static bytes => Wire.TryRead(bytes, Entries.Read, out ReadOnlyMemory<byte>[] message) ? Wire.Write((ref MessagePackWriter writer) => Entries.Write(ref writer, message)) : null,
        static bytes => Wire.TryRead(bytes, Checksum.Read, out Checksum message) ? Wire.Write(message.Write) : null,
        static bytes => Wire.TryRead(bytes, KeyRequest.Read, out KeyRequest[] message) ? Wire.Write((ref MessagePackWriter writer) => KeyRequest.Write(ref writer, message)) : null,
        static bytes => Wire.TryRead(bytes, KeyDescription.Read, out KeyDescription[] message) ? Wire.Write((ref MessagePackWriter writer) => KeyDescription.Write(ref writer, message)) : null,
        static bytes => Wire.TryRead(bytes, StartStream.Read, out StartStream message) ? Wire.Write(message.Write) : null,
        static bytes => Wire.TryRead(bytes, ContinueStream.Read, out ContinueStream message) ? Wire.Write(message.Write) : null,
        static bytes => Wire.TryRead(bytes, ReadGroup, out TransformGroup message) ? Wire.Write(message.Write) : null,
        static bytes => Wire.TryRead(bytes, ReadResults, out TransformResult[] message) ? Wire.Write((ref MessagePackWriter writer) => WriteResults(ref writer, message)) : null,
    ];

    public string Name => "message";

    public IEnumerable<byte[]> Seeds => [];

    public IEnumerable<byte[]> Words => [[.. "shop"u8], [0xA4, .. "shop"u8], [0xA4, .. "card"u8], [0xC4, 0x20, .. new byte[32]], [0xC4, 0x10, .. new byte[16]]];

    public int Run(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return -1;
        int reader = input.Span[0] % Readers.Length;
        if (Readers[reader](input[1..]) is not { } written)
            return reader;
        BrokenException.Unless(Readers[reader](written) is { } again && again.AsSpan().SequenceEqual(written), "a message that was read and written is read and written the same");
        return Readers.Length + reader;
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private static TransformGroup ReadGroup(ref MessagePackReader reader)
    {
        TransformGroup header = TransformGroup.ReadHeader(ref reader, out int count);
        var items = new List<TransformItem>();
        for (int i = 0; i < count; i++)
            items.Add(new((DataType)reader.ReadByte(), Wire.ReadBytes(ref reader, ProtocolLimits.FieldBytesMax)));
        return new()
        {
            Operation = header.Operation,
            App = header.App,
            Role = header.Role,
            Context = header.Context,
            KeepFirst = header.KeepFirst,
            KeepLast = header.KeepLast,
            MaskWith = header.MaskWith,
            Alphabet = header.Alphabet,
            Luhn = header.Luhn,
            KeyVersion = header.KeyVersion,
            Items = items,
        };
    }

    private static TransformResult[] ReadResults(ref MessagePackReader reader)
    {
        var results = new TransformResult[2];
        TransformResult.ReadGroup(ref reader, results);
        return results;
    }

    private static void WriteResults(ref MessagePackWriter writer, TransformResult[] results)
    {
        writer.WriteArrayHeader(results.Length);
        foreach (TransformResult result in results)
        {
            writer.WriteArrayHeader(3);
            writer.Write((ushort)result.Code);
            writer.Write((byte)result.Type);
            writer.Write(result.Value.Span);
        }
    }
}
