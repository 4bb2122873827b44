using System.Formats.Cbor;
using System.Text.Json;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Testing;

namespace E3.Relay.Fuzz.Targets;

/// <summary>
/// The first byte chooses a time and a form (the whole document, or its payload around which a document is made), the rest is the document.
/// None is accepted whose payload is not one that AWS signed. Without the suites nothing here is signed, and everything must be refused.
/// </summary>
internal sealed class AttestationTarget : IFuzzTarget
{
    private readonly List<byte[]> _documents = [];
    private readonly List<byte[]> _payloads = [];
    private readonly List<DateTimeOffset> _times = [DateTimeOffset.UnixEpoch.AddYears(55)];

    public AttestationTarget()
    {
        if (!Suites.TryPath("nitro/expected.json", out string? path))
        {
            Console.WriteLine($"attestation: {Suites.Missing("nitro")} Only unsigned documents are tried.");
            return;
        }

        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (JsonProperty entry in expected.RootElement.EnumerateObject())
        {
            byte[] document = File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(path)!, entry.Name));
            _documents.Add(document);
            _payloads.Add(PayloadOf(document));
            _times.Add(DateTimeOffset.FromUnixTimeMilliseconds(entry.Value.GetProperty("timestamp").GetInt64()));
        }
    }

    public string Name => "attestation";

    public IEnumerable<byte[]> Seeds =>
        [.. _documents.Select((document, i) => (byte[])[(byte)(2 * (i + 1)), .. document]), .. _payloads.Select((payload, i) => (byte[])[(byte)((2 * (i + 1)) + 1), .. payload])];

    public IEnumerable<byte[]> Words =>
    [
        [0x84, 0x44, 0xA1, 0x01, 0x38, 0x22, 0xA0], [0xD2], Text("module_id"), Text("digest"), Text("SHA384"), Text("timestamp"), Text("pcrs"), Text("certificate"), Text("cabundle"),
        Text("public_key"), Text("user_data"), Text("nonce"), [0x58, 0x30, .. new byte[48]], [0x81, 0x59], AttestationRoot.AwsNitro.Certificate!.RawData,
    ];

    public int Run(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return -1;
        int choice = input.Span[0];
        byte[] document = choice % 2 == 0 ? input[1..].ToArray() : DocumentAround(input[1..].Span);
        AttestationError error = AttestationVerifier.VerifyDocument(document, [AttestationRoot.AwsNitro], _times[choice / 2 % _times.Count], out AttestationDocument accepted);
        BrokenException.Unless((accepted is not null) == (error == AttestationError.None), "there is a document when it is accepted, and none else");
        BrokenException.Unless(accepted is null || _payloads.Exists(payload => payload.AsSpan().SequenceEqual(PayloadOf(document))), "nothing is accepted that was not signed");
        return (int)error;
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private static byte[] PayloadOf(byte[] document)
    {
        var reader = new CborReader(document);
        if (reader.PeekState() == CborReaderState.Tag)
            reader.ReadTag();
        reader.ReadStartArray();
        reader.SkipValue();
        reader.SkipValue();
        return reader.ReadByteString();
    }

    private static byte[] DocumentAround(ReadOnlySpan<byte> payload)
    {
        var writer = new CborWriter();
        writer.WriteStartArray(4);
        writer.WriteByteString([0xA1, 0x01, 0x38, 0x22]);
        writer.WriteStartMap(0);
        writer.WriteEndMap();
        writer.WriteByteString(payload);
        writer.WriteByteString(new byte[96]);
        writer.WriteEndArray();
        return writer.Encode();
    }

    private static byte[] Text(string text)
    {
        var writer = new CborWriter();
        writer.WriteTextString(text);
        return writer.Encode();
    }
}
