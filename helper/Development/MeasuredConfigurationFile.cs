using System.Security.Cryptography;
using System.Text.Json;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Helper.State;

namespace E3.Relay.Helper.Development;

/// <summary>The configuration that is measured with the engine. Its bytes count, so it is written once and then only read.</summary>
internal sealed record MeasuredConfigurationFile(string Path, byte[] FleetId)
{
    /// <summary>Reads the file, or makes it for a new fleet on the first run.</summary>
    /// <exception cref="HelperRefusedException">It was made for another administrator or key authority, or is no such file.</exception>
    public static MeasuredConfigurationFile LoadOrCreate(string path, byte[] administrator, byte[] kmsPublicKey)
    {
        byte[] fleetId = File.Exists(path) ? ReadFleetId(path) : RandomNumberGenerator.GetBytes(Genesis.FleetIdBytes);
        byte[] expected = Write(fleetId, administrator, kmsPublicKey);
        if (!File.Exists(path))
            PrivateFile.Write(path, expected);
        else if (!File.ReadAllBytes(path).AsSpan().SequenceEqual(expected))
            throw new HelperRefusedException(ExitCode.StateUnusable, $"{path} does not belong to the simulated keys beside it.");
        return new(path, fleetId);
    }

    private static byte[] Write(byte[] fleetId, byte[] administrator, byte[] kmsPublicKey)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("fleetId", Convert.ToHexStringLower(fleetId));
            writer.WriteStartArray("administrators");
            writer.WriteBase64StringValue(administrator);
            writer.WriteEndArray();
            writer.WriteNumber("threshold", 1);
            writer.WriteBase64String("kmsPublicKey", kmsPublicKey);
            writer.WriteBoolean("simulated", true);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Reads the fleet that a configuration is of.</summary>
    /// <exception cref="HelperRefusedException">It is no measured configuration.</exception>
    public static byte[] ReadFleetId(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            byte[] fleetId = Convert.FromHexString(document.RootElement.GetProperty("fleetId").GetString() ?? "");
            return fleetId.Length == Genesis.FleetIdBytes ? fleetId : throw new FormatException();
        }
        catch (Exception e) when (e is FileNotFoundException or JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw new HelperRefusedException(ExitCode.StateUnusable, $"{path} is not a measured configuration.");
        }
    }
}
