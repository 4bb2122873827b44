using System.Formats.Cbor;

namespace E3.Relay.Helper.Nsm;

/// <summary>The arguments of any request to a security module; which of them count is the request's matter.</summary>
internal sealed record NsmArguments
{
    public uint? Index { get; private set; }

    public uint? Range { get; private set; }

    public byte[]? Data { get; private set; }

    public byte[]? UserData { get; private set; }

    public byte[]? Nonce { get; private set; }

    public byte[]? PublicKey { get; private set; }

    /// <summary>Reads the map of arguments. An unknown one makes the request malformed.</summary>
    public static NsmArguments Read(CborReader reader)
    {
        var arguments = new NsmArguments();
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
            arguments.ReadField(reader);
        reader.ReadEndMap();
        return arguments;
    }

    private void ReadField(CborReader reader)
    {
        switch (reader.ReadTextString())
        {
            case "index":
                Index = reader.ReadUInt32();
                break;
            case "range":
                Range = reader.ReadUInt32();
                break;
            case "data":
                Data = reader.ReadByteString();
                break;
            case "user_data":
                UserData = ReadOptional(reader);
                break;
            case "nonce":
                Nonce = ReadOptional(reader);
                break;
            case "public_key":
                PublicKey = ReadOptional(reader);
                break;
            default:
                throw new CborContentException("unknown argument");
        }
    }

    private static byte[]? ReadOptional(CborReader reader)
    {
        if (reader.PeekState() != CborReaderState.Null)
            return reader.ReadByteString();
        reader.ReadNull();
        return null;
    }
}
