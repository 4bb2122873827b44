using System.Security.Cryptography;
using System.Text.Json;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Enclave.Engine;

/// <summary>
/// What the deployment decides and the hardware measures: the fleet, its administrators and the KMS key that the root key is wrapped to.
/// JSON: <c>{"fleetId": hex, "administrators": [base64 SPKI], "threshold": n, "kmsPublicKey": base64 SPKI, "simulated": bool}</c>.
/// </summary>
public sealed class MeasuredConfiguration
{
    private MeasuredConfiguration(byte[] fleetId, byte[][] administrators, int threshold, byte[] kmsPublicKey, bool simulated)
    {
        FleetId = fleetId;
        Administrators = administrators;
        Threshold = threshold;
        KmsPublicKey = kmsPublicKey;
        Simulated = simulated;
    }

    /// <summary>16 bytes.</summary>
    public byte[] FleetId { get; }

    /// <summary>P-256 keys, as DER SubjectPublicKeyInfo.</summary>
    public IReadOnlyList<byte[]> Administrators { get; }

    /// <summary>How many of them must sign what changes who can open a key.</summary>
    public int Threshold { get; }

    /// <summary>An RSA key, as DER SubjectPublicKeyInfo.</summary>
    public byte[] KmsPublicKey { get; }

    /// <summary>True for development: tokens carry the test bit.</summary>
    public bool Simulated { get; }

    /// <summary>Reads the configuration; null when any part of it is missing, of the wrong form or unknown.</summary>
    public static MeasuredConfiguration? TryRead(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new() { AllowDuplicateProperties = false });
            JsonElement root = document.RootElement;
            var configuration = new MeasuredConfiguration(
                Convert.FromHexString(root.GetProperty("fleetId").GetString()!),
                [.. root.GetProperty("administrators").EnumerateArray().Select(static key => key.GetBytesFromBase64())],
                root.GetProperty("threshold").GetInt32(),
                root.GetProperty("kmsPublicKey").GetBytesFromBase64(),
                root.GetProperty("simulated").GetBoolean());
            return root.GetPropertyCount() == 5 && configuration.IsUsable() ? configuration : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentNullException or CryptographicException)
        {
            return null;
        }
    }

    private bool IsUsable()
    {
        foreach (byte[] administrator in Administrators)
            P256Key.Import(administrator).Dispose();
        using var kms = RSA.Create();
        kms.ImportSubjectPublicKeyInfo(KmsPublicKey, out _);
        int distinct = Administrators.Select(Convert.ToHexString).Distinct().Count();
        return FleetId.Length == Genesis.FleetIdBytes && Threshold >= 1 && Threshold <= distinct && distinct == Administrators.Count && kms.KeySize >= RootKey.KmsKeyBitsMin;
    }
}
