using System.Buffers.Binary;

namespace E3.Relay.Enclave.Protocol.Framing;

/// <summary>
/// The fixed part of an answer frame, after the length prefix: version u8, call u8, sequence u64 of the request, code u16, then the payload
/// (empty unless the code is <see cref="ErrorCode.None"/>). Answers are authenticated by TLS.
/// </summary>
public readonly record struct AnswerHeader(CallType Call, ulong Sequence, ErrorCode Code)
{
    /// <summary>Bytes before the payload.</summary>
    public const int Bytes = 12;

    /// <summary>Reads a header from a frame without its length prefix; false when it is too short or of another version.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out AnswerHeader header)
    {
        header = default;
        if (frame.Length < Bytes || frame[0] != ProtocolLimits.Version)
            return false;
        header = new((CallType)frame[1], BinaryPrimitives.ReadUInt64BigEndian(frame[2..]), (ErrorCode)BinaryPrimitives.ReadUInt16BigEndian(frame[10..]));
        return true;
    }

    /// <summary>Writes the header.</summary>
    public void Write(Span<byte> destination)
    {
        destination[0] = ProtocolLimits.Version;
        destination[1] = (byte)Call;
        BinaryPrimitives.WriteUInt64BigEndian(destination[2..], Sequence);
        BinaryPrimitives.WriteUInt16BigEndian(destination[10..], (ushort)Code);
    }
}
