using System.Buffers;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>The next bytes of a stream: <c>[stream, step, data]</c>. The answer is <c>[data]</c>.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Step">Whether more follows.</param>
/// <param name="Data">Whole segments, or with the last step whatever is left; nothing when the stream is dropped.</param>
public readonly record struct ContinueStream(uint Stream, StreamStep Step, ReadOnlySequence<byte> Data)
{
    /// <summary>Reads the request, without copying the data.</summary>
    public static ContinueStream Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 3);
        uint stream = reader.ReadUInt32();
        var step = (StreamStep)reader.ReadByte();
        if (step > StreamStep.Drop)
            throw Wire.Malformed();
        return new(stream, step, new(Wire.ReadBytes(ref reader, step == StreamStep.Drop ? 0 : ProtocolLimits.StreamBytesMax)));
    }

    /// <summary>Writes the request.</summary>
    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(3);
        writer.Write(Stream);
        writer.Write((byte)Step);
        int length = checked((int)Data.Length);
        writer.WriteBinHeader(length);
        Data.CopyTo(writer.GetSpan(length));
        writer.Advance(length);
    }
}
