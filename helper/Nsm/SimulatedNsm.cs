using System.Formats.Cbor;
using System.Security.Cryptography;

namespace E3.Relay.Helper.Nsm;

/// <summary>
/// A security module for developers: answers the requests of <c>/dev/nsm</c> in the module's own CBOR and signs attestation documents under a simulated root.
/// One module belongs to one engine: its registers start anew with each.
/// </summary>
internal sealed class SimulatedNsm(PcrBank pcrs, AttestationSigner signer) : IDisposable
{
    public const int RequestBytesMax = 0x1000;
    private const int RandomBytes = 256;
    private const int OptionalBytesMax = 512;
    private const int PublicKeyBytesMax = 1024;

    private readonly Lock _lock = new();

    /// <summary>Answers a request. Whatever the bytes are, there is an answer.</summary>
    public byte[] Answer(ReadOnlyMemory<byte> request)
    {
        if (request.Length > RequestBytesMax)
            return Error(NsmErrorCode.InputTooLarge);
        try
        {
            lock (_lock)
                return Dispatch(new CborReader(request, CborConformanceMode.Strict));
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException)
        {
            return Error(NsmErrorCode.InvalidArgument);
        }
    }

    public void Dispose() => signer.Dispose();

    private byte[] Dispatch(CborReader reader)
    {
        if (reader.PeekState() == CborReaderState.TextString)
        {
            return reader.ReadTextString() switch
            {
                "DescribeNSM" => DescribeModule(),
                "GetRandom" => Write("GetRandom", static writer => Field(writer, "random", RandomNumberGenerator.GetBytes(RandomBytes))),
                _ => Error(NsmErrorCode.InvalidOperation),
            };
        }

        if (reader.ReadStartMap() != 1)
            return Error(NsmErrorCode.InvalidArgument);
        string name = reader.ReadTextString();
        var arguments = NsmArguments.Read(reader);
        reader.ReadEndMap();
        if (reader.BytesRemaining != 0)
            return Error(NsmErrorCode.InvalidArgument);
        return name switch
        {
            "DescribePCR" => DescribePcr(arguments),
            "ExtendPCR" => ExtendPcr(arguments),
            "LockPCR" => LockPcr(arguments),
            "LockPCRs" => LockPcrs(arguments),
            "Attestation" => Attest(arguments),
            _ => Error(NsmErrorCode.InvalidOperation),
        };
    }

    private byte[] DescribeModule() => Write("DescribeNSM", writer =>
    {
        writer.WriteStartMap(7);
        Number(writer, "version_major", 1);
        Number(writer, "version_minor", 0);
        Number(writer, "version_patch", 0);
        writer.WriteTextString("module_id");
        writer.WriteTextString(signer.ModuleId);
        Number(writer, "max_pcrs", PcrBank.Count);
        writer.WriteTextString("locked_pcrs");
        writer.WriteStartArray(null);
        for (int index = 0; index < PcrBank.Count; index++)
        {
            if (pcrs.IsLocked(index))
                writer.WriteInt32(index);
        }

        writer.WriteEndArray();
        writer.WriteTextString("digest");
        writer.WriteTextString("SHA384");
        writer.WriteEndMap();
    });

    private byte[] DescribePcr(NsmArguments arguments)
    {
        if (arguments.Index is not { } index || index >= PcrBank.Count)
            return Error(NsmErrorCode.InvalidIndex);
        return Write("DescribePCR", writer =>
        {
            writer.WriteStartMap(2);
            writer.WriteTextString("lock");
            writer.WriteBoolean(pcrs.IsLocked((int)index));
            writer.WriteTextString("data");
            writer.WriteByteString(pcrs.Value((int)index));
            writer.WriteEndMap();
        });
    }

    private byte[] ExtendPcr(NsmArguments arguments)
    {
        if (arguments.Index is not { } index || index >= PcrBank.Count)
            return Error(NsmErrorCode.InvalidIndex);
        if (arguments.Data is not { } data)
            return Error(NsmErrorCode.InvalidArgument);
        if (pcrs.IsLocked((int)index))
            return Error(NsmErrorCode.ReadOnlyIndex);
        pcrs.Extend((int)index, data);
        return Write("ExtendPCR", writer => Field(writer, "data", pcrs.Value((int)index)));
    }

    private byte[] LockPcr(NsmArguments arguments)
    {
        if (arguments.Index is not { } index || index >= PcrBank.Count)
            return Error(NsmErrorCode.InvalidIndex);
        if (pcrs.IsLocked((int)index))
            return Error(NsmErrorCode.ReadOnlyIndex);
        pcrs.Lock((int)index);
        return Text("LockPCR");
    }

    private byte[] LockPcrs(NsmArguments arguments)
    {
        if (arguments.Range is not { } range || range > PcrBank.Count)
            return Error(NsmErrorCode.InvalidArgument);
        pcrs.LockFirst((int)range);
        return Text("LockPCRs");
    }

    private byte[] Attest(NsmArguments arguments)
    {
        if (arguments.UserData is { Length: > OptionalBytesMax } || arguments.Nonce is { Length: > OptionalBytesMax } || arguments.PublicKey is { Length: > PublicKeyBytesMax })
            return Error(NsmErrorCode.InputTooLarge);
        byte[] document = signer.Sign(pcrs, arguments.UserData, arguments.Nonce, arguments.PublicKey);
        return Write("Attestation", writer => Field(writer, "document", document));
    }

    private static byte[] Error(NsmErrorCode code) => Write("Error", writer => writer.WriteTextString(code.ToString()));

    private static byte[] Text(string text)
    {
        var writer = new CborWriter();
        writer.WriteTextString(text);
        return writer.Encode();
    }

    private static byte[] Write(string name, Action<CborWriter> value)
    {
        var writer = new CborWriter(CborConformanceMode.Lax, convertIndefiniteLengthEncodings: true);
        writer.WriteStartMap(1);
        writer.WriteTextString(name);
        value(writer);
        writer.WriteEndMap();
        return writer.Encode();
    }

    private static void Field(CborWriter writer, string name, byte[] value)
    {
        writer.WriteStartMap(1);
        writer.WriteTextString(name);
        writer.WriteByteString(value);
        writer.WriteEndMap();
    }

    private static void Number(CborWriter writer, string name, int value)
    {
        writer.WriteTextString(name);
        writer.WriteInt32(value);
    }
}
