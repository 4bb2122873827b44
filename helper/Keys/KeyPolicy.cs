using System.Globalization;
using System.Text.Json;
using E3.Relay.Enclave.Client.Attestation;

namespace E3.Relay.Helper.Keys;

/// <summary>
/// Whom a key may be used for, as the <c>Condition</c> of a KMS key policy says it: <c>{"StringEqualsIgnoreCase": {"kms:RecipientAttestation:ImageSha384": hex or [hex, …], "kms:RecipientAttestation:PCR2": …}}</c>.
/// All conditions must hold, each with any of its values. PCR0 (ImageSha384 is another name for it) is always among them, and no value is all zero, which a debug enclave would have.
/// </summary>
internal sealed class KeyPolicy
{
    private const string Operator = "StringEqualsIgnoreCase";
    private const string KeyPrefix = "kms:RecipientAttestation:";
    private const string ImageKey = KeyPrefix + "ImageSha384";
    private const string PcrKey = KeyPrefix + "PCR";
    private readonly (string Name, int Pcr, byte[][] Values)[] _conditions;

    private KeyPolicy((string, int, byte[][])[] conditions)
    {
        _conditions = conditions;
        if (!Array.Exists(_conditions, static condition => condition.Pcr == 0))
            throw Malformed("it names neither ImageSha384 nor PCR0");
        if (Array.Exists(_conditions, static condition => condition.Values.Length == 0 || !Array.TrueForAll(condition.Values, IsPcr)))
            throw Malformed("a value is not 96 hexadecimal digits, or is all zero as in debug mode");
    }

    /// <summary>A policy for one image: PCR0 and PCR2.</summary>
    public static KeyPolicy For(ReadOnlyMemory<byte> pcr0, ReadOnlyMemory<byte> pcr2) => new([(ImageKey, 0, [pcr0.ToArray()]), (PcrKey + "2", 2, [pcr2.ToArray()])]);

    /// <summary>Reads a <c>Condition</c>.</summary>
    /// <exception cref="InvalidDataException">It is of another form, or has an operator or a key that cannot be judged here.</exception>
    public static KeyPolicy Parse(string condition)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(condition, new() { AllowDuplicateProperties = false });
            return new([.. document.RootElement.EnumerateObject().SelectMany(ReadOperator)]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw Malformed("it is not the Condition of a key policy");
        }
    }

    /// <summary>The <c>Condition</c>, to put into a key policy.</summary>
    public string Write()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new() { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteStartObject(Operator);
            foreach ((string name, _, byte[][] values) in _conditions)
            {
                writer.WriteStartArray(name);
                foreach (byte[] value in values)
                    writer.WriteStringValue(Convert.ToHexStringLower(value));
                writer.WriteEndArray();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, checked((int)stream.Length));
    }

    public bool Allows(AttestationDocument document) => Array.TrueForAll(
        _conditions,
        condition => document.Pcr(condition.Pcr) is { } actual && Array.Exists(condition.Values, value => actual.Span.SequenceEqual(value)));

    private static IEnumerable<(string, int, byte[][])> ReadOperator(JsonProperty condition) => condition.Name == Operator
        ? condition.Value.EnumerateObject().Select(static pair => (pair.Name, Pcr(pair.Name), Values(pair.Value)))
        : throw Malformed($"its operator is not {Operator}");

    private static int Pcr(string key)
    {
        if (string.Equals(key, ImageKey, StringComparison.OrdinalIgnoreCase))
            return 0;
        return key.StartsWith(PcrKey, StringComparison.OrdinalIgnoreCase)
            && int.TryParse(key.AsSpan(PcrKey.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < AttestationDocument.PcrCount
            ? index
            : throw Malformed($"it has a condition that is none on {ImageKey} or {PcrKey}n");
    }

    private static byte[][] Values(JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().Select(static one => Convert.FromHexString(one.GetString() ?? ""))]
        : [Convert.FromHexString(value.GetString() ?? "")];

    private static bool IsPcr(byte[] value) => value.Length == AttestationDocument.PcrBytes && value.AsSpan().ContainsAnyExcept((byte)0);

    private static InvalidDataException Malformed(string reason) => new($"The key policy cannot be used: {reason}.");
}
