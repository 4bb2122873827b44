using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Helper.Administration;

/// <summary>Reads what an administrator wants to sign, written by people as JSON: a grant, or a list of accepted images. An unknown member is refused.</summary>
internal static class SpecFile
{
    private static readonly Dictionary<string, TransformOperation> Operations = new(StringComparer.Ordinal)
    {
        ["encrypt"] = TransformOperation.Encrypt,
        ["encrypt-deterministic"] = TransformOperation.EncryptDeterministic,
        ["preserve"] = TransformOperation.Preserve,
        ["unpreserve"] = TransformOperation.Unpreserve,
        ["decrypt"] = TransformOperation.Decrypt,
        ["verify"] = TransformOperation.Verify,
        ["rewrap"] = TransformOperation.Rewrap,
        ["hash"] = TransformOperation.Hash,
        ["mask"] = TransformOperation.Mask,
        ["lookup"] = TransformOperation.Lookup,
    };

    /// <summary>
    /// A grant: <c>{"kind": "application" or "helper", "name": …, "publicKey": base64 SPKI, "notBefore": time, "notAfter": time, "serial": n, "apps": […], "roles": […],
    /// "operations": ["encrypt", {"mask": [first, last]}, …]}</c>; the serial is the seconds of notBefore when not given.
    /// </summary>
    /// <exception cref="InvalidDataException">It is of another form.</exception>
    public static Grant ReadGrant(string path, ReadOnlyMemory<byte> fleetId) => Read(path, "a grant", ["kind", "name", "publicKey", "notBefore", "notAfter", "serial", "apps", "roles", "operations"], root =>
    {
        long from = Seconds(root, "notBefore");
        byte[] key = root.GetProperty("publicKey").GetBytesFromBase64();
        P256Key.Import(key).Dispose();
        bool helper = root.GetProperty("kind").GetString() switch { "helper" => true, "application" => false, _ => throw new FormatException() };
        var grant = new Grant
        {
            FleetId = fleetId,
            Serial = root.TryGetProperty("serial", out JsonElement serial) ? serial.GetUInt64() : (ulong)from,
            NotBefore = from,
            NotAfter = Seconds(root, "notAfter"),
            Kind = helper ? CallerKind.Helper : CallerKind.Application,
            CallerKey = key,
            Name = root.GetProperty("name").GetString() ?? "",
            Apps = Texts(root, "apps", helper),
            Roles = Texts(root, "roles", helper),
            Operations = helper && !root.TryGetProperty("operations", out _) ? [] : [.. root.GetProperty("operations").EnumerateArray().Select(Operation)],
        };

        // What the engine would not take is not signed either.
        return grant.NotAfter > grant.NotBefore && Grant.TryRead(grant.Write(), out _) ? grant : throw new FormatException();
    });

    /// <summary>
    /// Accepted images: <c>{"serial": n, "notBefore": time, "notAfter": time, "images": [{"name": …, "notBefore": time, "notAfter": time, "pcrs": {"0": hex, "1": hex, "2": hex, …}}, …]}</c>;
    /// an image's times are those of the list when not given.
    /// </summary>
    /// <exception cref="InvalidDataException">It is of another form, or accepts a debug enclave.</exception>
    public static Measurements ReadMeasurements(string path, ReadOnlyMemory<byte> fleetId) => Read(path, "a list of accepted images", ["serial", "notBefore", "notAfter", "images"], root =>
    {
        (long from, long to) = (Seconds(root, "notBefore"), Seconds(root, "notAfter"));
        AcceptedMeasurement[] images = [.. root.GetProperty("images").EnumerateArray().Select(image => Image(image, from, to))];
        var measurements = new Measurements(fleetId, root.GetProperty("serial").GetUInt64(), from, to, images);
        return to > from && Measurements.TryRead(measurements.Write(), out _) ? measurements : throw new FormatException();
    });

    private static AcceptedMeasurement Image(JsonElement image, long from, long to)
    {
        Known(image, ["name", "notBefore", "notAfter", "pcrs"]);
        var pcrs = image.GetProperty("pcrs").EnumerateObject().ToDictionary(
            static pcr => int.Parse(pcr.Name, NumberStyles.None, CultureInfo.InvariantCulture), static pcr => (ReadOnlyMemory<byte>)Convert.FromHexString(pcr.Value.GetString() ?? ""));
        if (!pcrs.TryGetValue(0, out ReadOnlyMemory<byte> pcr0) || !pcr0.Span.ContainsAnyExcept((byte)0))
            throw new FormatException();
        return new(
            image.GetProperty("name").GetString() ?? "",
            image.TryGetProperty("notBefore", out _) ? Seconds(image, "notBefore") : from,
            image.TryGetProperty("notAfter", out _) ? Seconds(image, "notAfter") : to,
            pcrs);
    }

    private static GrantedOperation Operation(JsonElement operation)
    {
        if (operation.ValueKind == JsonValueKind.String)
            return Operations.TryGetValue(operation.GetString()!, out TransformOperation plain) && plain != TransformOperation.Mask ? new(plain) : throw new FormatException();
        Known(operation, ["mask"]);
        byte[] left = [.. operation.GetProperty("mask").EnumerateArray().Select(static number => number.GetByte())];
        return left.Length == 2 ? new(TransformOperation.Mask, left[0], left[1]) : throw new FormatException();
    }

    private static T Read<T>(string path, string what, string[] members, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new() { AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Skip });
            Known(document.RootElement, members);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException or OverflowException or ArgumentException or CryptographicException)
        {
            throw new InvalidDataException($"{path} does not describe {what}; docs/keys.md has an example.");
        }
    }

    private static void Known(JsonElement element, string[] members)
    {
        if (element.EnumerateObject().Any(member => !members.Contains(member.Name)))
            throw new FormatException();
    }

    private static long Seconds(JsonElement element, string name) => element.GetProperty(name).GetDateTimeOffset().ToUnixTimeSeconds();

    private static string[] Texts(JsonElement root, string name, bool optional) =>
        optional && !root.TryGetProperty(name, out _) ? [] : [.. root.GetProperty(name).EnumerateArray().Select(static text => text.GetString() ?? throw new FormatException())];
}
