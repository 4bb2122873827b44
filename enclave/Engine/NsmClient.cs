using System.Formats.Cbor;
using System.Security.Cryptography;

namespace E3.Relay.Enclave.Engine;

/// <summary>The requests that the engine makes to the Nitro security module, and the time that its documents tell.</summary>
internal sealed class NsmClient(ISecurityModule module, EngineClock clock)
{
    private const int RandomBytes = 32;

    /// <summary>An attestation document over these values, or null when the module gives none.</summary>
    public byte[]? Attest(ReadOnlySpan<byte> userData, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> publicKey)
    {
        var writer = new CborWriter();
        writer.WriteStartMap(1);
        writer.WriteTextString("Attestation");
        writer.WriteStartMap(3);
        WriteOptional(writer, "user_data", userData);
        WriteOptional(writer, "nonce", nonce);
        WriteOptional(writer, "public_key", publicKey);
        writer.WriteEndMap();
        writer.WriteEndMap();
        try
        {
            byte[]? document = ReadField(module.Exchange(writer.Encode()), "Attestation", "document");
            if (document is not null)
                clock.Observe(ReadTimestamp(document));
            return document;
        }
        catch (Exception e) when (e is IOException or CborContentException or InvalidOperationException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>Fills a buffer of at most 32 bytes with SHA-256 over the kernel's and the module's randomness: good if either is.</summary>
    /// <exception cref="IOException">The module cannot be reached or gives none.</exception>
    public void Fill(Span<byte> destination)
    {
        var writer = new CborWriter();
        writer.WriteTextString("GetRandom");
        byte[]? random = ReadRandom(module.Exchange(writer.Encode()));
        if (random is null || random.Length < RandomBytes)
            throw new IOException("no randomness");
        Span<byte> seed = stackalloc byte[RandomBytes + SHA256.HashSizeInBytes];
        RandomNumberGenerator.Fill(seed[..RandomBytes]);
        SHA256.HashData(random, seed[RandomBytes..]);
        Span<byte> mixed = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(seed, mixed);
        mixed[..destination.Length].CopyTo(destination);
        CryptographicOperations.ZeroMemory(seed);
        CryptographicOperations.ZeroMemory(mixed);
        CryptographicOperations.ZeroMemory(random);
    }

    private static byte[]? ReadRandom(byte[] response)
    {
        try
        {
            return ReadField(response, "GetRandom", "random");
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException)
        {
            throw new IOException("not a security module's answer", e);
        }
    }

    private static void WriteOptional(CborWriter writer, string name, ReadOnlySpan<byte> value)
    {
        writer.WriteTextString(name);
        if (value.IsEmpty)
            writer.WriteNull();
        else
            writer.WriteByteString(value);
    }

    // {"Attestation": {"document": bytes}}, or {"Error": name}.
    private static byte[]? ReadField(byte[] response, string message, string field)
    {
        var reader = new CborReader(response, CborConformanceMode.Strict);
        reader.ReadStartMap();
        if (reader.ReadTextString() != message)
            return null;
        reader.ReadStartMap();
        return reader.ReadTextString() == field ? reader.ReadByteString() : null;
    }

    // The payload of the COSE_Sign1 is a map with "timestamp" in milliseconds since 1970-01-01 UTC.
    private static ulong ReadTimestamp(byte[] document)
    {
        var outer = new CborReader(document, CborConformanceMode.Strict);
        if (outer.PeekState() == CborReaderState.Tag)
            outer.ReadTag();
        outer.ReadStartArray();
        outer.SkipValue();
        outer.SkipValue();
        var payload = new CborReader(outer.ReadByteString(), CborConformanceMode.Strict);
        payload.ReadStartMap();
        while (payload.ReadTextString() != "timestamp")
            payload.SkipValue();
        return payload.ReadUInt64();
    }
}
