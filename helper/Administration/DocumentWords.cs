using System.Globalization;
using System.Security.Cryptography;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Helper.Administration;

/// <summary>Says in plain words what a document does, read from the very bytes that are signed. Nobody should sign what they have not read.</summary>
internal static class DocumentWords
{
    /// <summary>The document, a line each.</summary>
    /// <exception cref="HelperRefusedException">The body is not of its kind, or of another fleet.</exception>
    public static IReadOnlyList<string> Describe(DocumentKind kind, byte[] body, MeasuredConfiguration configuration) => kind switch
    {
        DocumentKind.Grant when Grant.TryRead(body, out Grant grant) && IsOf(grant.FleetId, configuration) => Describe(grant),
        DocumentKind.Genesis when Genesis.TryRead(body, out Genesis genesis) && IsOf(genesis.FleetId, configuration) => Describe(genesis),
        DocumentKind.Measurements when Measurements.TryRead(body, out Measurements measurements) && IsOf(measurements.FleetId, configuration) => Describe(measurements),
        DocumentKind.Policy when Policy.TryRead(body, out Policy policy) && IsOf(policy.FleetId, configuration) => Describe(policy),
        DocumentKind.RewrapOrder when RewrapOrder.TryRead(body, out RewrapOrder order) && IsOf(order.FleetId, configuration) => Describe(order, configuration),
        _ => throw new HelperRefusedException(ExitCode.Refused, "The document is malformed, or of another fleet than the measured configuration."),
    };

    private static bool IsOf(ReadOnlyMemory<byte> fleetId, MeasuredConfiguration configuration) => fleetId.Span.SequenceEqual(configuration.FleetId);

    private static List<string> Describe(Grant grant)
    {
        var lines = new List<string>
        {
            grant.Kind == CallerKind.Helper
                ? $"GRANT: lets '{grant.Name}' be a helper: it may load state into engines, and make and retire keys. It may transform no value."
                : $"GRANT: lets '{grant.Name}' ask engines to transform values.",
            $"  fleet       {Hex(grant.FleetId)}",
            $"  caller      key {Hex(SignedDocument.KeyId(grant.CallerKey.Span))}; whoever holds its private half can use this grant",
            $"  serial      {Number(grant.Serial)}",
            $"  valid       from {Time(grant.NotBefore)} until {Time(grant.NotAfter)}",
        };
        if (grant.Kind == CallerKind.Helper)
            return lines;
        lines.Add($"  apps        {List(grant.Apps)}");
        lines.Add($"  roles       {List(grant.Roles)}");
        lines.AddRange(grant.Operations.Select(static operation => $"  may         {Words(operation)}"));
        lines.Add($"  limits      {Number(grant.FieldsMax)} fields a call, {Number(grant.FieldBytesMax)} bytes a field, {Number(grant.FailedOpensMax)} failed opens a minute");
        return lines;
    }

    private static List<string> Describe(Genesis genesis) =>
    [
        "GENESIS: makes one root key the root of the fleet, for good. Every other key is sealed under it.",
        $"  fleet       {Hex(genesis.FleetId)}",
        $"  commitment  {Hex(genesis.RootCommitment)}",
    ];

    private static List<string> Describe(Measurements measurements)
    {
        var lines = new List<string>
        {
            $"ACCEPTED IMAGES: whoever runs one of these {Number(measurements.Accepted.Count)} images is trusted with every value of the fleet.",
            $"  fleet       {Hex(measurements.FleetId)}",
            $"  serial      {Number(measurements.Serial)}",
            $"  valid       from {Time(measurements.NotBefore)} until {Time(measurements.NotAfter)}",
        };
        foreach (AcceptedMeasurement image in measurements.Accepted)
        {
            lines.Add($"  image       '{image.Name}', from {Time(image.NotBefore)} until {Time(image.NotAfter)}");
            lines.AddRange(image.Pcrs.OrderBy(static pcr => pcr.Key).Select(static pcr => $"    PCR{Number(pcr.Key),-6} {Hex(pcr.Value)}{(pcr.Value.Span.ContainsAnyExcept((byte)0) ? "" : "  ALL ZERO: a debug enclave")}"));
        }

        return lines;
    }

    private static List<string> Describe(Policy policy) =>
    [
        "POLICY: revokes grants, at once and for good.",
        $"  fleet       {Hex(policy.FleetId)}",
        $"  serial      {Number(policy.Serial)}; an older policy never replaces it",
        $"  helpers     grants with a serial below {Number(policy.HelperSerialMin)} are revoked",
        $"  apps        applications' grants with a serial below {Number(policy.ApplicationSerialMin)} are revoked",
    ];

    private static List<string> Describe(RewrapOrder order, MeasuredConfiguration configuration) =>
    [
        "REWRAP ORDER: moves all state to a new root key. Whoever can open the KMS key below, for whatever image its policy names, can then open everything.",
        $"  fleet       {Hex(order.FleetId)}",
        $"  from        the root with the commitment {Hex(order.RootCommitment)}",
        $"  to          a root wrapped to the KMS key with the SHA-256 {Convert.ToHexStringLower(SHA256.HashData(order.KmsPublicKey.Span))}",
        order.KmsPublicKey.Span.SequenceEqual(configuration.KmsPublicKey) ? "              which is the KMS key of the measured configuration" : "              which is NOT the KMS key of the measured configuration",
    ];

    private static string Words(GrantedOperation operation) => operation.Operation switch
    {
        TransformOperation.Mask => $"mask, leaving at most {Number(operation.FirstMax)} first and {Number(operation.LastMax)} last characters",
        TransformOperation.Decrypt or TransformOperation.Unpreserve => $"{Name(operation.Operation)}: READS values in the clear",
        _ => Name(operation.Operation),
    };

    private static string Name(TransformOperation operation) => operation == TransformOperation.EncryptDeterministic ? "encrypt-deterministic" : operation.ToString().ToLowerInvariant();

    private static string List(IReadOnlyList<string> names) => names.Contains(Names.Any) ? "ALL" : names.Count == 0 ? "none" : string.Join(", ", names);

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(bytes.Span);

    private static string Number<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Time(long seconds) => seconds is >= 0 and <= 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("u", CultureInfo.InvariantCulture) : "(no time)";
}
