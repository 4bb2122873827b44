using System.Formats.Cbor;
using System.Security.Cryptography;

namespace E3.Relay.Enclave.Engine.Tests;

/// <summary>Answers as the NSM does, without signing anything: the engine reads only the time out of its documents.</summary>
internal sealed class FakeSecurityModule(TimeProvider time) : ISecurityModule
{
    public bool IsBroken { get; set; }

    public byte[] LastPublicKey { get; private set; } = [];

    public byte[] LastUserData { get; private set; } = [];

    public byte[] LastNonce { get; private set; } = [];

    public byte[] Exchange(byte[] request)
    {
        if (IsBroken)
            throw new IOException("broken");
        var reader = new CborReader(request, CborConformanceMode.Strict);
        if (reader.PeekState() == CborReaderState.TextString)
            return Field("GetRandom", "random", RandomNumberGenerator.GetBytes(256));
        reader.ReadStartMap();
        Assert.Equal("Attestation", reader.ReadTextString());
        reader.ReadStartMap();
        LastUserData = ReadOptional(reader, "user_data");
        LastNonce = ReadOptional(reader, "nonce");
        LastPublicKey = ReadOptional(reader, "public_key");
        return Field("Attestation", "document", Document());
    }

    private static byte[] ReadOptional(CborReader reader, string name)
    {
        Assert.Equal(name, reader.ReadTextString());
        if (reader.PeekState() != CborReaderState.Null)
            return reader.ReadByteString();
        reader.ReadNull();
        return [];
    }

    private static byte[] Field(string message, string name, byte[] value)
    {
        var writer = new CborWriter();
        writer.WriteStartMap(1);
        writer.WriteTextString(message);
        writer.WriteStartMap(1);
        writer.WriteTextString(name);
        writer.WriteByteString(value);
        writer.WriteEndMap();
        writer.WriteEndMap();
        return writer.Encode();
    }

    private byte[] Document()
    {
        var payload = new CborWriter();
        payload.WriteStartMap(2);
        payload.WriteTextString("module_id");
        payload.WriteTextString("fake");
        payload.WriteTextString("timestamp");
        payload.WriteUInt64((ulong)time.GetUtcNow().ToUnixTimeMilliseconds());
        payload.WriteEndMap();
        var writer = new CborWriter();
        writer.WriteStartArray(4);
        writer.WriteByteString([]);
        writer.WriteStartMap(0);
        writer.WriteEndMap();
        writer.WriteByteString(payload.Encode());
        writer.WriteByteString(new byte[96]);
        writer.WriteEndArray();
        return writer.Encode();
    }
}
