using System.Security.Cryptography;
using System.Text.Json;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Helper.Administration;

/// <summary>
/// The configuration that is measured with an image, as helper and administrators read it: the fleet, its administrators, and the KMS key that the root key is wrapped to.
/// The engine judges it by itself; nothing that is accepted here and not there does any harm.
/// </summary>
internal sealed record MeasuredConfiguration(byte[] FleetId, IReadOnlyList<byte[]> Administrators, int Threshold, byte[] KmsPublicKey, bool Simulated)
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidDataException">It is of another form.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static MeasuredConfiguration Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new() { AllowDuplicateProperties = false });
            JsonElement root = document.RootElement;
            var configuration = new MeasuredConfiguration(
                Convert.FromHexString(root.GetProperty("fleetId").GetString() ?? ""),
                [.. root.GetProperty("administrators").EnumerateArray().Select(static key => key.GetBytesFromBase64())],
                root.GetProperty("threshold").GetInt32(),
                root.GetProperty("kmsPublicKey").GetBytesFromBase64(),
                root.GetProperty("simulated").GetBoolean());
            return root.GetPropertyCount() == 5 && configuration.IsUsable() ? configuration : throw new FormatException();
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException or CryptographicException)
        {
            throw new InvalidDataException($"{path} is not a measured configuration.");
        }
    }

    /// <summary>Writes the file's bytes. They are measured, so they are written once.</summary>
    public byte[] Write()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("fleetId", Convert.ToHexStringLower(FleetId));
            writer.WriteStartArray("administrators");
            foreach (byte[] administrator in Administrators)
                writer.WriteBase64StringValue(administrator);
            writer.WriteEndArray();
            writer.WriteNumber("threshold", Threshold);
            writer.WriteBase64String("kmsPublicKey", KmsPublicKey);
            writer.WriteBoolean("simulated", Simulated);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private bool IsUsable()
    {
        foreach (byte[] administrator in Administrators)
            P256Key.Import(administrator).Dispose();
        using var kms = RSA.Create();
        kms.ImportSubjectPublicKeyInfo(KmsPublicKey, out _);
        return FleetId.Length == Genesis.FleetIdBytes && Threshold >= 1 && Threshold <= Administrators.Count && Administrators.Select(Convert.ToHexString).Distinct().Count() == Administrators.Count;
    }
}
