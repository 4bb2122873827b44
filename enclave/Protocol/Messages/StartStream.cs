using E3.Relay.Enclave.Protocol.Tokens;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.Messages;

/// <summary>Begins a stream: <c>[stream, group, header]</c>. The answer is <c>[header]</c>, empty for decryption.</summary>
/// <param name="Stream">A number of the caller's choice, which no open stream of the session has.</param>
/// <param name="Group">Encrypt or decrypt, app, role and context. It has no fields.</param>
/// <param name="Header">The header of the file to be opened; empty for encryption.</param>
public sealed record StartStream(uint Stream, TransformGroup Group, ReadOnlyMemory<byte> Header)
{
    /// <summary>Reads the request, without copying the header.</summary>
    public static StartStream Read(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 3);
        uint stream = reader.ReadUInt32();
        var group = TransformGroup.ReadHeader(ref reader, out int items);
        if (items > 0 || group.Operation is not (TransformOperation.Encrypt or TransformOperation.Decrypt))
            throw Wire.Malformed();
        return new(stream, group, Wire.ReadExactly(ref reader, group.Operation == TransformOperation.Decrypt ? FileToken.HeaderBytes : 0));
    }

    /// <summary>Writes the request.</summary>
    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(3);
        writer.Write(Stream);
        Group.Write(ref writer);
        writer.Write(Header.Span);
    }
}
