using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using MessagePack;

namespace E3.Relay.Helper.Administration;

/// <summary>
/// What a helper hands to the administrators after an engine made a root key: the key as it is wrapped to KMS, and the evidence that a genuine engine of an accepted image made it. There is no secret in it.
/// </summary>
/// <param name="CreatedAt">When it was made, by the helper's clock.</param>
/// <param name="Nonce">The nonce that the evidence carries, 32 bytes.</param>
/// <param name="TlsPublicKey">The key of the engine's TLS session, a DER SubjectPublicKeyInfo; the evidence vouches for it.</param>
/// <param name="WrappedRoot">The root key, wrapped to the KMS key of the measured configuration.</param>
/// <param name="Evidence">The engine's evidence.</param>
internal sealed record GenesisRequest(DateTimeOffset CreatedAt, byte[] Nonce, byte[] TlsPublicKey, byte[] WrappedRoot, Evidence Evidence)
{
    private const string Format = "e3-genesis-request/1";
    private const int FileBytesMax = 64 * 1024;
    private const int EvidenceBytesMax = ProtocolLimits.AttestationBytesMax + 1024;

    // The clocks of module, helper and administrator may differ a little.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>The document that the administrators sign.</summary>
    public Genesis Genesis => new(Evidence.Statement.FleetId, Evidence.Statement.RootCommitment);

    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidDataException">It is of another form.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static GenesisRequest Read(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (stream.Length > FileBytesMax)
                throw new FormatException();
            using JsonDocument document = JsonDocument.Parse(stream, new() { AllowDuplicateProperties = false });
            JsonElement root = document.RootElement;
            byte[] evidence = root.GetProperty("evidence").GetBytesFromBase64();
            byte[] nonce = Convert.FromHexString(root.GetProperty("nonce").GetString() ?? ""), wrapped = root.GetProperty("wrappedRoot").GetBytesFromBase64();
            bool known = root.GetProperty("format").GetString() == Format && root.GetPropertyCount() == 6;
            if (!known || nonce.Length != Hello.NonceBytes || wrapped.Length is 0 or > CreatedRoot.WrappedBytesMax || evidence.Length > EvidenceBytesMax || !Wire.TryRead(evidence, Evidence.Read, out Evidence read))
                throw new FormatException();
            return new(root.GetProperty("createdAt").GetDateTimeOffset(), nonce, root.GetProperty("tlsPublicKey").GetBytesFromBase64(), wrapped, read);
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} is not a genesis request.");
        }
    }

    /// <summary>Writes the file's bytes.</summary>
    public byte[] Write()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new() { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("format", Format);
            writer.WriteString("createdAt", CreatedAt.ToString("O", CultureInfo.InvariantCulture));
            writer.WriteString("nonce", Convert.ToHexStringLower(Nonce));
            writer.WriteBase64String("tlsPublicKey", TlsPublicKey);
            writer.WriteBase64String("wrappedRoot", WrappedRoot);
            writer.WriteBase64String("evidence", Wire.Write((ref MessagePackWriter w) => Evidence.Write(ref w)));
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Verifies the evidence as of the time that it was made: form, chain, signature, no debug mode, nonce, TLS key, an accepted image of the fleet, and a root that nobody signed for yet.</summary>
    /// <param name="trust">The fleet before genesis.</param>
    /// <param name="now">The administrator's time.</param>
    /// <param name="ageMax">How old it may be.</param>
    /// <param name="nonce">The nonce that the administrator had asked for; null when none was.</param>
    /// <param name="attestation">What was verified.</param>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    public string? Verify(EnclaveTrust trust, DateTimeOffset now, TimeSpan ageMax, byte[]? nonce, out VerifiedAttestation attestation)
    {
        attestation = null!;
        if (nonce is not null && !CryptographicOperations.FixedTimeEquals(nonce, Nonce))
            return "it carries another nonce than was asked for: it is an old one, or was made for somebody else";
        if (CreatedAt > now + ClockSkew || now - CreatedAt > ageMax)
            return $"it was made at {CreatedAt:u}, which is too long ago or still to come";
        AttestationError error = AttestationVerifier.Verify(Evidence, TlsPublicKey, Nonce, trust, RootExpectation.Unsigned, CreatedAt, out attestation);
        if (error != AttestationError.None)
            return $"{error}";
        if ((attestation.Document.Timestamp - CreatedAt).Duration() > ClockSkew)
            return "the security module's time is another than it says";
        return attestation.Statement.ChainLength == 0 ? null : "the engine had state already";
    }
}
