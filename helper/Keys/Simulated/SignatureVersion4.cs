using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace E3.Relay.Helper.Keys.Simulated;

/// <summary>AWS Signature Version 4 as the server checks it ("Signature Version 4 signing process", AWS General Reference), for requests to the path / without a query.</summary>
internal static class SignatureVersion4
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Terminator = "aws4_request";
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";
    private const int DateCharacters = 8;
    private static readonly TimeSpan SkewMax = TimeSpan.FromMinutes(5);

    /// <summary>Checks a request; null when its signature is good.</summary>
    public static SimulatedKmsError? Check(HttpRequest request, ReadOnlySpan<byte> body, SimulatedCredentials credentials, string service, DateTimeOffset now)
    {
        string authorization = request.Headers.Authorization.ToString();
        if (authorization.Length == 0)
            return SimulatedKmsError.MissingAuthenticationToken;
        if (!TryRead(authorization, out string[] credential, out string[] signedHeaders, out string signature))
            return SimulatedKmsError.IncompleteSignature;
        if (credential[0] != credentials.AccessKeyId)
            return SimulatedKmsError.UnrecognizedClient;
        string time = request.Headers["X-Amz-Date"].ToString();
        if (credential[3] != service || !time.StartsWith(credential[1], StringComparison.Ordinal) || !IsCurrent(time, now) || !Covers(signedHeaders))
            return SimulatedKmsError.InvalidSignature;
        string canonical = CanonicalRequest(
            request.Method, [.. signedHeaders.Select(name => (name, string.Join(',', request.Headers[name].ToArray())))], Convert.ToHexStringLower(SHA256.HashData(body)));
        byte[] expected = Encoding.ASCII.GetBytes(Sign(credentials.SecretAccessKey, canonical, time, credential[2], service));
        return CryptographicOperations.FixedTimeEquals(expected, Encoding.ASCII.GetBytes(signature)) ? null : SimulatedKmsError.InvalidSignature;
    }

    /// <summary>The canonical request: what of a request the signature covers.</summary>
    internal static string CanonicalRequest(string method, IReadOnlyList<(string Name, string Value)> headers, string bodyHash)
    {
        var text = new StringBuilder().Append(method).Append("\n/\n\n");
        foreach ((string name, string value) in headers)
            text.Append(name).Append(':').Append(string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Append('\n');
        return text.Append('\n').AppendJoin(';', headers.Select(static header => header.Name)).Append('\n').Append(bodyHash).ToString();
    }

    /// <summary>The signature, in lower-case hexadecimal.</summary>
    internal static string Sign(string secret, string canonicalRequest, string time, string region, string service)
    {
        string date = time[..DateCharacters];
        string toSign = $"{Algorithm}\n{time}\n{date}/{region}/{service}/{Terminator}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonicalRequest)))}";
        byte[] key = Encoding.UTF8.GetBytes($"AWS4{secret}");
        foreach (string step in (ReadOnlySpan<string>)[date, region, service, Terminator, toSign])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(step));
        return Convert.ToHexStringLower(key);
    }

    // AWS4-HMAC-SHA256 Credential=id/date/region/service/aws4_request, SignedHeaders=a;b, Signature=hex
    private static bool TryRead(string authorization, out string[] credential, out string[] signedHeaders, out string signature)
    {
        (credential, signedHeaders, signature) = ([], [], "");
        if (!authorization.StartsWith($"{Algorithm} ", StringComparison.Ordinal))
            return false;
        foreach (string part in authorization[Algorithm.Length..].Split(',', StringSplitOptions.TrimEntries))
        {
            string value = part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..];
            if (part.StartsWith("Credential=", StringComparison.Ordinal))
                credential = value.Split('/');
            else if (part.StartsWith("SignedHeaders=", StringComparison.Ordinal))
                signedHeaders = value.Split(';');
            else if (part.StartsWith("Signature=", StringComparison.Ordinal))
                signature = value;
        }

        return credential.Length == 5 && credential[1].Length == DateCharacters && credential[4] == Terminator && signedHeaders.Length > 0 && signature.Length > 0;
    }

    private static bool IsCurrent(string time, DateTimeOffset now) =>
        DateTimeOffset.TryParseExact(time, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) && (now - at).Duration() <= SkewMax;

    // A header that is not signed may be changed on the way, so the ones that say what is asked for must be.
    private static bool Covers(string[] signedHeaders) => signedHeaders.Contains("host") && signedHeaders.Contains("x-amz-date") && signedHeaders.Contains("x-amz-target");
}
