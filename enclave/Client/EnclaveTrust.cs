using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Enclave.Client;

/// <summary>What a caller trusts when it judges an engine: the fleet, its administrators, and what they signed.</summary>
public sealed class EnclaveTrust
{
    private EnclaveTrust(
        TrustFile file, IReadOnlyList<byte[]> administrators, Genesis? genesis, Measurements measurements, ChainRestore? restore, IReadOnlyList<AttestationRoot> roots)
    {
        FleetId = file.FleetId;
        Administrators = administrators;
        Threshold = file.Threshold;
        RootCommitment = genesis?.RootCommitment;
        Measurements = measurements;
        Restore = restore;
        Roots = roots;
    }

    /// <summary>The fleet, 16 bytes.</summary>
    public ReadOnlyMemory<byte> FleetId { get; }

    /// <summary>The administrators' P-256 keys, each a DER SubjectPublicKeyInfo.</summary>
    public IReadOnlyList<byte[]> Administrators { get; }

    /// <summary>How many of them must sign a document.</summary>
    public int Threshold { get; }

    /// <summary>The commitment to the fleet's root key, 32 bytes; null before genesis.</summary>
    public ReadOnlyMemory<byte>? RootCommitment { get; }

    /// <summary>The accepted images.</summary>
    public Measurements Measurements { get; }

    /// <summary>The last restore of the fleet to an earlier state; null when there was none.</summary>
    public ChainRestore? Restore { get; }

    /// <summary>Remembers how far the fleet's state was seen to be; null where nobody does.</summary>
    public ChainWitness? Witness { get; set; }

    /// <summary>The roots that attestation documents may chain to.</summary>
    public IReadOnlyList<AttestationRoot> Roots { get; }

    /// <summary>Reads a trust file and verifies the documents in it.</summary>
    /// <param name="trustJsonPath">The file.</param>
    /// <param name="allowedSimulatedRoot">
    /// The simulated root that the host's own settings allow, in the environment Development only. Without it, one that the file names is not honoured.
    /// It stays the caller's, and must live as long as the trust.
    /// </param>
    /// <param name="allowsEmulated">Whether the host's own settings allow an emulator, in the environment Development only. Without it, a file that says so changes nothing.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is not a trust file, its documents are not signed by its administrators, or it names another simulated root.</exception>
    public static EnclaveTrust Load(string trustJsonPath, X509Certificate2? allowedSimulatedRoot, bool allowsEmulated = false)
    {
        EnclaveTrust trust = Create(TrustFile.Parse(File.ReadAllBytes(trustJsonPath)), allowedSimulatedRoot, allowsEmulated);
        return trust.RootCommitment is null ? throw Invalid("there is no genesis document") : trust;
    }

    /// <summary>Verifies the documents of a trust file. Before genesis there is none, and no engine is trusted with values.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="Load"/>.</exception>
    public static EnclaveTrust Create(TrustFile file, X509Certificate2? allowedSimulatedRoot, bool allowsEmulated = false)
    {
        byte[][] administrators = [.. file.Administrators.Select(static key => key.ToArray())];
        CheckAdministrators(administrators, file.Threshold);
        ReadOnlyMemory<byte> measurementsBody = Verified(DocumentKind.Measurements, file.Measurements, administrators, file.Threshold);
        if (!Measurements.TryRead(measurementsBody, out Measurements measurements) || !measurements.FleetId.Span.SequenceEqual(file.FleetId.Span))
            throw Invalid("the measurements are malformed or of another fleet");
        Genesis? genesis = null;
        if (!file.Genesis.IsEmpty
            && (!Genesis.TryRead(Verified(DocumentKind.Genesis, file.Genesis, administrators, file.Threshold), out genesis) || !genesis.FleetId.Span.SequenceEqual(file.FleetId.Span)))
        {
            throw Invalid("the genesis document is malformed or of another fleet");
        }

        ChainRestore? restore = null;
        if (!file.Restore.IsEmpty
            && (!ChainRestore.TryRead(Verified(DocumentKind.Restore, file.Restore, administrators, file.Threshold), out restore) || !restore.FleetId.Span.SequenceEqual(file.FleetId.Span)))
        {
            throw Invalid("the restore document is malformed or of another fleet");
        }

        AttestationRoot[] roots = Trusted(file.SimulatedRoot, allowedSimulatedRoot);
        return new(file, administrators, genesis, measurements, restore, file.Emulated && allowsEmulated ? [.. roots, AttestationRoot.Emulated] : roots);
    }

    private static AttestationRoot[] Trusted(ReadOnlyMemory<byte> named, X509Certificate2? allowed)
    {
        if (named.IsEmpty || allowed is null)
            return [AttestationRoot.AwsNitro];
        return named.Span.SequenceEqual(allowed.RawDataMemory.Span)
            ? [AttestationRoot.AwsNitro, AttestationRoot.Simulated(allowed)]
            : throw Invalid("the simulated root is not the one that the settings allow");
    }

    // A list that names one key twice would count its signature twice.
    private static void CheckAdministrators(byte[][] administrators, int threshold)
    {
        var distinct = new HashSet<string>(administrators.Select(Convert.ToHexString));
        if (threshold < 1 || threshold > administrators.Length || distinct.Count != administrators.Length)
            throw Invalid("the administrators are not distinct, or fewer than the threshold");
        try
        {
            foreach (byte[] administrator in administrators)
                P256Key.Import(administrator).Dispose();
        }
        catch (CryptographicException)
        {
            throw Invalid("an administrator's key is not a P-256 key");
        }
    }

    private static ReadOnlyMemory<byte> Verified(DocumentKind kind, ReadOnlyMemory<byte> bytes, byte[][] administrators, int threshold) =>
        SignedDocument.TryRead(bytes, out SignedDocument document) && document.IsSignedBy(kind, administrators, threshold)
            ? document.Body
            : throw Invalid($"the {kind} document is not signed by enough administrators");

    private static InvalidDataException Invalid(string reason) => new($"The trust file cannot be used: {reason}.");
}
