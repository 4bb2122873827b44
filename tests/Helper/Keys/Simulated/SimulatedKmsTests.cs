using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using E3.Relay.Helper.Keys.Simulated;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Keys.Simulated;

/// <summary>Requests as nobody's SDK makes them.</summary>
public sealed class SimulatedKmsTests
{
    // Signature Version 4 test suite, get-vanilla and post-vanilla.
    [Theory]
    [InlineData("GET", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("POST", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    public void Sign_PublishedVector_IsTheSame(string method, string signature)
    {
        string canonical = SignatureVersion4.CanonicalRequest(
            method, [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        Assert.Equal(signature, SignatureVersion4.Sign("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", canonical, "20150830T123600Z", "us-east-1", "service"));
    }

    [Theory]
    [InlineData("TrentService.Decrypt", null, "MissingAuthenticationTokenException")]
    [InlineData("TrentService.Decrypt", "Basic x", "IncompleteSignature")]
    [InlineData("TrentService.Decrypt", "AWS4-HMAC-SHA256 Credential=a/b", "IncompleteSignature")]
    [InlineData("TrentService.Decrypt", "AWS4-HMAC-SHA256 Credential=AKIAX/20260101/local/kms/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00", "UnrecognizedClientException")]
    public async Task Request_WithoutAGoodSignature_IsRefused(string target, string? authorization, string error)
    {
        await using KmsBed bed = await KmsBed.StartAsync(unix: false);
        Assert.Equal(error, await ErrorAsync(bed, target, "{}", authorization));
    }

    [Theory]
    [InlineData("20150830T123600Z", "host;x-amz-date;x-amz-target", "kms")]
    [InlineData(null, "host;x-amz-date", "kms")]
    [InlineData(null, "host;x-amz-date;x-amz-target", "s3")]
    public async Task Request_OldOrCoveringTooLittleOrForAnotherService_IsRefused(string? time, string headers, string service)
    {
        await using KmsBed bed = await KmsBed.StartAsync(unix: false);
        Assert.Equal("InvalidSignatureException", await SignedAsync(bed, "TrentService.GetPublicKey", """{"KeyId":"x"}""", time, headers, service));
    }

    [Theory]
    [InlineData("TrentService.CreateKey", "{}", "UnknownOperationException")]
    [InlineData("Decrypt", "{}", "UnknownOperationException")]
    [InlineData("TrentService.Decrypt", "[]", "SerializationException")]
    [InlineData("TrentService.Decrypt", "null", "SerializationException")]
    [InlineData("TrentService.Decrypt", "{", "SerializationException")]
    [InlineData("TrentService.Decrypt", """{"CiphertextBlob":"AAAA"}""", "SerializationException")]
    [InlineData("TrentService.Decrypt", """{"KeyId":"other","CiphertextBlob":"AAAA"}""", "NotFoundException")]
    [InlineData("TrentService.Decrypt", """{"KeyId":"alias/e3-relay-simulated","CiphertextBlob":"AAAA"}""", "InvalidKeyUsageException")]
    [InlineData("TrentService.Decrypt", """{"KeyId":"alias/e3-relay-simulated","CiphertextBlob":"AAAA","EncryptionAlgorithm":"RSAES_OAEP_SHA_256"}""", "AccessDeniedException")]
    [InlineData("TrentService.Decrypt", """{"KeyId":"alias/e3-relay-simulated","CiphertextBlob":"","EncryptionAlgorithm":"RSAES_OAEP_SHA_256","Recipient":{}}""", "SerializationException")]
    [InlineData("TrentService.Decrypt", """{"KeyId":"alias/e3-relay-simulated","CiphertextBlob":"AAAA","EncryptionAlgorithm":"RSAES_OAEP_SHA_256","Recipient":{"AttestationDocument":"AAAA","KeyEncryptionAlgorithm":"X"}}""", "SerializationException")]
    [InlineData("TrentService.Decrypt", """{"KeyId":"alias/e3-relay-simulated","CiphertextBlob":"AAAA","EncryptionAlgorithm":"RSAES_OAEP_SHA_256","Recipient":{"AttestationDocument":"AAAA","KeyEncryptionAlgorithm":"RSAES_OAEP_SHA_256"}}""", "ValidationException")]
    public async Task Request_SignedButSenseless_IsRefused(string target, string body, string error)
    {
        await using KmsBed bed = await KmsBed.StartAsync(unix: false);
        Assert.Equal(error, await SignedAsync(bed, target, body));
    }

    [Fact]
    public async Task Request_OverTheLimit_IsRefused()
    {
        await using KmsBed bed = await KmsBed.StartAsync(unix: false);
        Assert.Equal("SerializationException", await SignedAsync(bed, "TrentService.Decrypt", new string(' ', 70_000)));
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://192.0.2.1:80")]
    [InlineData("http://localhost.example:80")]
    [InlineData("https://127.0.0.1:1")]
    [InlineData("http://127.0.0.1:1/path")]
    [InlineData("")]
    public async Task Start_OutsideLoopback_IsRefused(string address) =>
        await Assert.ThrowsAsync<HelperRefusedException>(() => SimulatedKmsServer.StartAsync(static _ => Task.CompletedTask, address, CancellationToken.None));

    [Fact]
    public async Task Socket_OfTheServer_IsPrivateAndGoesWithIt()
    {
        using var folder = new TempFolder();
        string path = folder.PathOf("k");
        await using (SimulatedKmsServer server = await SimulatedKmsServer.StartAsync(static _ => Task.CompletedTask, $"unix:{path}", CancellationToken.None))
            Assert.Equal(Helper.State.PrivateFile.Mode, File.GetUnixFileMode(path));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Credentials_LoadedAgain_AreTheSameAndNeverPrinted()
    {
        using var folder = new TempFolder();
        SimulatedCredentials made = SimulatedCredentials.LoadOrCreate(folder.PathOf("c"));
        Assert.Equal(made, SimulatedCredentials.LoadOrCreate(folder.PathOf("c")));
        Assert.DoesNotContain(made.SecretAccessKey, made.ToString(), StringComparison.Ordinal);
        File.WriteAllText(folder.PathOf("c"), "[default]\n");
        Assert.Throws<HelperRefusedException>(() => SimulatedCredentials.LoadOrCreate(folder.PathOf("c")));
    }

    private static Task<string> SignedAsync(KmsBed bed, string target, string body, string? time = null, string headers = "host;x-amz-date;x-amz-target", string service = "kms")
    {
        time ??= TimeProvider.System.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        (string, string)[] values = [.. headers.Split(';').Select(name => (name, name switch { "host" => new Uri(bed.Url).Authority, "x-amz-date" => time, _ => target }))];
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(body)));
        string signature = SignatureVersion4.Sign(bed.Credentials.SecretAccessKey, SignatureVersion4.CanonicalRequest("POST", values, hash), time, "local", service);
        return ErrorAsync(bed, target, body, $"AWS4-HMAC-SHA256 Credential={bed.Credentials.AccessKeyId}/{time[..8]}/local/{service}/aws4_request, SignedHeaders={headers}, Signature={signature}", time);
    }

    private static async Task<string> ErrorAsync(KmsBed bed, string target, string body, string? authorization, string? time = null)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, bed.Url) { Content = new StringContent(body, new MediaTypeHeaderValue("application/x-amz-json-1.1")) };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", target);
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if (time is not null)
            request.Headers.TryAddWithoutValidation("X-Amz-Date", time);
        using HttpResponseMessage response = await client.SendAsync(request);
        Assert.Equal(400, (int)response.StatusCode);
        Assert.NotEmpty(response.Headers.GetValues("x-amzn-RequestId"));
        using JsonDocument error = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return error.RootElement.GetProperty("__type").GetString()!;
    }
}
