using System.Collections.Concurrent;
using System.Security.Cryptography;
using Amazon.Runtime;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Keys.Aws;
using E3.Relay.Helper.Keys.Simulated;
using E3.Relay.Helper.Tests.Keys.Simulated;
using E3.Relay.Testing;
using Microsoft.AspNetCore.Http;

namespace E3.Relay.Helper.Tests.Keys.Aws;

/// <summary>What the client makes of every kind of failure, from a server that answers by a script.</summary>
public sealed class AwsErrorTests : IDisposable
{
    private static readonly byte[] PublicKey = RSA.Create(2048).ExportSubjectPublicKeyInfo();
    private static readonly string KeyAnswer = $$"""{"KeyId":"k","PublicKey":"{{Convert.ToBase64String(PublicKey)}}","KeyUsage":"ENCRYPT_DECRYPT","KeySpec":"RSA_2048","EncryptionAlgorithms":["RSAES_OAEP_SHA_1","RSAES_OAEP_SHA_256"]}""";
    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<(int Status, string Body)> _script = new();
    private int _requests;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(400, "AccessDeniedException", nameof(KeyAuthorityError.AccessDenied))]
    [InlineData(400, "NotFoundException", nameof(KeyAuthorityError.KeyUnknown))]
    [InlineData(400, "InvalidArnException", nameof(KeyAuthorityError.KeyUnknown))]
    [InlineData(409, "DisabledException", nameof(KeyAuthorityError.KeyDisabled))]
    [InlineData(409, "KMSInvalidStateException", nameof(KeyAuthorityError.KeyDisabled))]
    [InlineData(400, "InvalidKeyUsageException", nameof(KeyAuthorityError.KeyUnsuitable))]
    [InlineData(400, "UnsupportedOperationException", nameof(KeyAuthorityError.KeyUnsuitable))]
    [InlineData(400, "InvalidCiphertextException", nameof(KeyAuthorityError.CiphertextInvalid))]
    [InlineData(400, "IncorrectKeyException", nameof(KeyAuthorityError.CiphertextInvalid))]
    [InlineData(400, "UnrecognizedClientException", nameof(KeyAuthorityError.CredentialsRefused))]
    [InlineData(400, "ExpiredTokenException", nameof(KeyAuthorityError.CredentialsRefused))]
    [InlineData(400, "InvalidSignatureException", nameof(KeyAuthorityError.CredentialsRefused))]
    [InlineData(400, "ValidationException", nameof(KeyAuthorityError.RequestInvalid))]
    [InlineData(418, "SomethingNewException", nameof(KeyAuthorityError.AnswerInvalid))]
    public async Task Check_RefusedByKms_IsToldAndNotRepeated(int status, string type, string expected)
    {
        Script(status, type);
        KeyAuthorityAnswer answer = await CheckAsync();
        Assert.Equal(expected, answer.Error.ToString());
        Assert.Contains(type, answer.Describe(), StringComparison.Ordinal);
        Assert.DoesNotContain("arn:", answer.Describe(), StringComparison.Ordinal);
        Assert.Equal(1, _requests);
    }

    [Theory]
    [InlineData(500, "KMSInternalException")]
    [InlineData(503, "DependencyTimeoutException")]
    [InlineData(500, "KeyUnavailableException")]
    [InlineData(400, "ThrottlingException")]
    [InlineData(400, "LimitExceededException")]
    [InlineData(503, "ServiceUnavailableException")]
    [InlineData(502, "SomethingNewException")]
    public async Task Check_FailsTwiceAndThenAnswers_IsRepeatedUntilThen(int status, string type)
    {
        Script(status, type);
        Script(status, type);
        _script.Enqueue((200, KeyAnswer));
        Assert.Equal(KeyAuthorityError.None, (await CheckAsync()).Error);
        Assert.Equal(3, _requests);
    }

    [Theory]
    [InlineData(500, "KMSInternalException", nameof(KeyAuthorityError.Unavailable))]
    [InlineData(400, "ThrottlingException", nameof(KeyAuthorityError.Throttled))]
    public async Task Check_NeverAnswers_GivesUpAfterTheRepetitions(int status, string type, string expected)
    {
        for (int i = 0; i < 10; i++)
            Script(status, type);
        Assert.Equal(expected, (await CheckAsync()).Error.ToString());
        Assert.Equal(3, _requests);
    }

    [Fact]
    public async Task Check_FailsAgainAndAgain_IsNotAskedForAWhile()
    {
        for (int i = 0; i < 30; i++)
            Script(500, "KMSInternalException");
        await using SimulatedKmsServer server = await ServeAsync();
        using AwsKmsKeyAuthority authority = Client(server.Url);
        for (int i = 0; i < 5; i++)
            Assert.Equal(KeyAuthorityError.Unavailable, (await authority.CheckAsync(CancellationToken.None)).Error);
        Assert.Equal(8, _requests);
        Assert.Contains("not asked again", (await authority.CheckAsync(CancellationToken.None)).Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ServerHangs_IsTimedOutAndRepeated()
    {
        await using SimulatedKmsServer server = await ServeAsync(async context =>
        {
            if (Interlocked.Increment(ref _requests) == 1)
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            await AnswerAsync(context, 200, KeyAnswer);
        });
        using AwsKmsKeyAuthority authority = Client(server.Url, attempt: 300);
        Assert.Equal(KeyAuthorityError.None, (await authority.CheckAsync(CancellationToken.None)).Error);
        Assert.Equal(2, _requests);
    }

    [Fact]
    public async Task Check_ServerAlwaysHangs_IsTimedOut()
    {
        await using SimulatedKmsServer server = await ServeAsync(static context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using AwsKmsKeyAuthority authority = Client(server.Url, attempt: 100);
        Assert.Equal(KeyAuthorityError.TimedOut, (await authority.CheckAsync(CancellationToken.None)).Error);
    }

    [Fact]
    public async Task Check_CallerGivesUp_IsCancelled()
    {
        await using SimulatedKmsServer server = await ServeAsync(static context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using AwsKmsKeyAuthority authority = Client(server.Url, attempt: 10_000);
        using var cancel = new CancellationTokenSource(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => authority.CheckAsync(cancel.Token));
    }

    [Theory]
    [InlineData("""{"KeyId":"k","KeyUsage":"SIGN_VERIFY","PublicKey":"AAAA","SigningAlgorithms":["RSASSA_PSS_SHA_256"]}""", nameof(KeyAuthorityError.KeyUnsuitable))]
    [InlineData("""{"KeyId":"k","KeyUsage":"ENCRYPT_DECRYPT","PublicKey":"AAAA","EncryptionAlgorithms":["RSAES_OAEP_SHA_1"]}""", nameof(KeyAuthorityError.KeyUnsuitable))]
    [InlineData("""{"KeyId":"k","KeyUsage":"ENCRYPT_DECRYPT","PublicKey":"AAAA","EncryptionAlgorithms":["RSAES_OAEP_SHA_256"]}""", nameof(KeyAuthorityError.KeyMismatch))]
    [InlineData("{}", nameof(KeyAuthorityError.AnswerInvalid))]
    [InlineData("<html>a captive portal</html>", nameof(KeyAuthorityError.AnswerInvalid))]
    public async Task Check_AnswerOfAnotherKind_IsRefused(string body, string expected)
    {
        _script.Enqueue((200, body));
        Assert.Equal(expected, (await CheckAsync()).Error.ToString());
        Assert.Equal(1, _requests);
    }

    [Theory]
    [InlineData("""{"KeyId":"k","Plaintext":"AAAA"}""")]
    [InlineData("""{"KeyId":"k","Plaintext":"AAAA","CiphertextForRecipient":"AAAA"}""")]
    [InlineData("""{"KeyId":"k"}""")]
    public async Task Decrypt_PlaintextOrNothingInTheAnswer_IsRefused(string body)
    {
        _script.Enqueue((200, KeyAnswer));
        _script.Enqueue((200, body));
        await using SimulatedKmsServer server = await ServeAsync();
        using AwsKmsKeyAuthority authority = Client(server.Url);
        KeyAuthorityAnswer answer = await authority.DecryptAsync(new byte[256], new byte[10], CancellationToken.None);
        Assert.Equal(KeyAuthorityError.AnswerInvalid, answer.Error);
        Assert.True(answer.CiphertextForRecipient.IsEmpty);
    }

    [Fact]
    public async Task Check_NoCredentialsAnywhere_SaysSo()
    {
        await using SimulatedKmsServer server = await ServeAsync();
        var options = new AwsKmsOptions { KeyId = "k", Region = "local", ServiceUrl = server.Url };
        using var authority = new AwsKmsKeyAuthority(options, PublicKey, () => KmsClientFactory.Create(options, new NoCredentials()), TimeProvider.System);
        Assert.Equal(KeyAuthorityError.CredentialsMissing, (await authority.CheckAsync(CancellationToken.None)).Error);
        Assert.Equal(0, _requests);
    }

    [Fact]
    public void Describe_EveryError_SaysItsNameAndMore()
    {
        foreach (KeyAuthorityError error in Enum.GetValues<KeyAuthorityError>().Where(static error => error != KeyAuthorityError.None))
        {
            Assert.StartsWith($"{error}: ", error.Describe(), StringComparison.Ordinal);
            Assert.False(error.IsFinal() && error.IsTransient());
        }
    }

    private async Task<KeyAuthorityAnswer> CheckAsync()
    {
        await using SimulatedKmsServer server = await ServeAsync();
        using AwsKmsKeyAuthority authority = Client(server.Url);
        return await authority.CheckAsync(CancellationToken.None);
    }

    private void Script(int status, string type) => _script.Enqueue((status, $$"""{"__type":"{{type}}","message":"User: arn:aws:iam::1:user/x is not authorized"}"""));

    private Task<SimulatedKmsServer> ServeAsync() => ServeAsync(context =>
    {
        Interlocked.Increment(ref _requests);
        return _script.TryDequeue(out (int Status, string Body) next) ? AnswerAsync(context, next.Status, next.Body) : throw new InvalidOperationException("The script has ended.");
    });

    private Task<SimulatedKmsServer> ServeAsync(RequestDelegate answer) => SimulatedKmsServer.StartAsync(answer, $"unix:{_folder.PathOf("k")}", CancellationToken.None);

    private static AwsKmsKeyAuthority Client(string url, int attempt = 3000) => KmsBed.Client(
        new() { KeyId = "k", Region = "local", ServiceUrl = url, RetriesMax = 2, RetryDelay = TimeSpan.FromMilliseconds(1), AttemptTimeout = TimeSpan.FromMilliseconds(attempt) }, new("AKIATEST", "secret"), PublicKey);

    private static Task AnswerAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/x-amz-json-1.1";
        return context.Response.WriteAsync(body);
    }

    private sealed class NoCredentials : AWSCredentials
    {
        public override ImmutableCredentials GetCredentials() => throw new AmazonClientException("Failed to resolve AWS credentials.");
    }
}
