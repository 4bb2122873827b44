using System.Buffers;
using System.Text;
using MessagePack;

namespace E3.Relay.Enclave.Protocol;

/// <summary>
/// Strict MessagePack: arrays of an exact length, byte strings and texts under a limit, nothing behind the message.
/// Whatever does not fit throws <see cref="MessagePackSerializationException"/> or <see cref="EndOfStreamException"/>; <see cref="TryRead"/> makes that a value.
/// </summary>
public static class Wire
{
    /// <summary>Reads one message.</summary>
    public delegate T Reader<out T>(ref MessagePackReader reader);

    /// <summary>Writes one message.</summary>
    public delegate void Body(ref MessagePackWriter writer);

    /// <summary>Reads a whole message; false when the bytes are not exactly one message of that form.</summary>
    public static bool TryRead<T>(ReadOnlyMemory<byte> bytes, Reader<T> read, out T message)
    {
        try
        {
            var reader = new MessagePackReader(bytes);
            message = read(ref reader);
            return reader.End;
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or OverflowException)
        {
            message = default!;
            return false;
        }
    }

    /// <summary>Writes a message into bytes of its own.</summary>
    public static byte[] Write(Body body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        body(ref writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads the header of an array that must have exactly this many elements.</summary>
    public static void ReadArray(ref MessagePackReader reader, int count)
    {
        if (reader.ReadArrayHeader() != count)
            throw Malformed();
    }

    /// <summary>Reads the header of an array of at most this many elements.</summary>
    public static int ReadArrayUpTo(ref MessagePackReader reader, int max)
    {
        int count = reader.ReadArrayHeader();
        return count <= max ? count : throw Malformed();
    }

    /// <summary>Reads a byte string of at most this many bytes, without copying it.</summary>
    public static ReadOnlyMemory<byte> ReadBytes(ref MessagePackReader reader, int max)
    {
        ReadOnlySequence<byte> bytes = reader.ReadBytes() ?? throw Malformed();
        if (bytes.Length > max)
            throw Malformed();
        return bytes.IsSingleSegment ? bytes.First : bytes.ToArray();
    }

    /// <summary>Reads a byte string of exactly this many bytes, without copying it.</summary>
    public static ReadOnlyMemory<byte> ReadExactly(ref MessagePackReader reader, int count)
    {
        ReadOnlyMemory<byte> bytes = ReadBytes(ref reader, count);
        return bytes.Length == count ? bytes : throw Malformed();
    }

    /// <summary>Reads an app or role name: 1 to 64 of <c>a-z 0-9 - _ .</c>.</summary>
    public static string ReadName(ref MessagePackReader reader)
    {
        if (reader.TryReadStringSpan(out ReadOnlySpan<byte> utf8) && utf8.Length <= ProtocolLimits.NameBytesMax && Encoding.UTF8.GetString(utf8) is var name && Names.IsValid(name))
            return name;
        throw Malformed();
    }

    /// <summary>What every reader throws.</summary>
    public static MessagePackSerializationException Malformed() => new("malformed message");
}
