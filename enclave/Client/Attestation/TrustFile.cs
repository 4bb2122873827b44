using System.Text.Json;

namespace E3.Relay.Enclave.Client.Attestation;

/// <summary>
/// The public file from which a caller learns whom to trust: <c>{"fleetId": hex, "administrators": [base64 SubjectPublicKeyInfo, …], "threshold": n, "genesis": base64, "measurements": base64, "restore": base64, "simulatedRoot": base64 DER, "emulated": true}</c>.
/// Nothing in it is verified yet.
/// </summary>
public sealed record TrustFile
{
    private const int BytesMax = 256 * 1024;

    /// <summary>The fleet, 16 bytes.</summary>
    public required ReadOnlyMemory<byte> FleetId { get; init; }

    /// <summary>The administrators' keys.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> Administrators { get; init; }

    /// <summary>How many of them must sign a document.</summary>
    public required int Threshold { get; init; }

    /// <summary>The signed genesis document; empty before genesis.</summary>
    public ReadOnlyMemory<byte> Genesis { get; init; }

    /// <summary>The signed list of accepted images.</summary>
    public required ReadOnlyMemory<byte> Measurements { get; init; }

    /// <summary>The signed document of the last restore to an earlier state; empty when there was none.</summary>
    public ReadOnlyMemory<byte> Restore { get; init; }

    /// <summary>The certificate of a simulated root; empty when there is none.</summary>
    public ReadOnlyMemory<byte> SimulatedRoot { get; init; }

    /// <summary>True when the fleet's enclaves run in an emulator, whose security module signs nothing.</summary>
    public bool Emulated { get; init; }

    /// <summary>Reads the file. An unknown member is refused.</summary>
    /// <exception cref="InvalidDataException">It is not of that form.</exception>
    public static TrustFile Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            if (json.Length > BytesMax)
                throw new FormatException();
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException("The trust file is not of the expected form.");
        }
    }

    /// <summary>Writes the file.</summary>
    public byte[] Write()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("fleetId", Convert.ToHexStringLower(FleetId.Span));
            writer.WriteStartArray("administrators");
            foreach (ReadOnlyMemory<byte> administrator in Administrators)
                writer.WriteBase64StringValue(administrator.Span);
            writer.WriteEndArray();
            writer.WriteNumber("threshold", Threshold);
            if (!Genesis.IsEmpty)
                writer.WriteBase64String("genesis", Genesis.Span);
            writer.WriteBase64String("measurements", Measurements.Span);
            if (!Restore.IsEmpty)
                writer.WriteBase64String("restore", Restore.Span);
            if (!SimulatedRoot.IsEmpty)
                writer.WriteBase64String("simulatedRoot", SimulatedRoot.Span);
            if (Emulated)
                writer.WriteBoolean("emulated", true);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static TrustFile Read(JsonElement root)
    {
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.Name is not ("fleetId" or "administrators" or "threshold" or "genesis" or "measurements" or "restore" or "simulatedRoot" or "emulated"))
                throw new FormatException();
        }

        byte[] fleetId = Convert.FromHexString(root.GetProperty("fleetId").GetString() ?? throw new FormatException());
        return new()
        {
            FleetId = fleetId.Length == Protocol.Documents.Genesis.FleetIdBytes ? fleetId : throw new FormatException(),
            Administrators = [.. root.GetProperty("administrators").EnumerateArray().Select(static key => (ReadOnlyMemory<byte>)key.GetBytesFromBase64())],
            Threshold = root.GetProperty("threshold").GetInt32(),
            Genesis = Optional(root, "genesis"),
            Measurements = root.GetProperty("measurements").GetBytesFromBase64(),
            Restore = Optional(root, "restore"),
            SimulatedRoot = Optional(root, "simulatedRoot"),
            Emulated = root.TryGetProperty("emulated", out JsonElement emulated) && emulated.GetBoolean(),
        };
    }

    private static byte[] Optional(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) ? value.GetBytesFromBase64() : [];
}
