using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Keys.Simulated;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

[Collection(nameof(RunningHelper))]
public sealed class KeyAuthorityServeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public KeyAuthorityServeTests() => File.WriteAllText(_folder.PathOf("policy"), KeyPolicy.For(Enumerable.Repeat((byte)1, 48).ToArray(), Enumerable.Repeat((byte)2, 48).ToArray()).Write());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Serve_WithTheSdksOwnConventions_AnswersAndKeepsItsKey()
    {
        byte[][] keys = [await AskAsync(), await AskAsync()];
        Assert.Equal(keys[0], keys[1]);

        async Task<byte[]> AskAsync()
        {
            await using ChildProgram program = ChildProgram.Start(
                Path.Combine(AppContext.BaseDirectory, "E3.Relay.Helper"), ["key-authority", "serve", "--keys", _folder.PathOf("k"), "--policy", _folder.PathOf("policy"), "--listen", "http://127.0.0.1:0"],
                new Dictionary<string, string?> { ["DOTNET_ENVIRONMENT"] = "Development" });
            await program.WaitForLineAsync("simulated key authority");
            Dictionary<string, string> settings = program.Output.Single(static line => line.StartsWith("export ", StringComparison.Ordinal)).Split(' ').Skip(1).ToDictionary(static s => s.Split('=')[0], static s => s.Split('=')[1]);
            Amazon.Runtime.CredentialManagement.SharedCredentialsFile file = new(settings["AWS_SHARED_CREDENTIALS_FILE"]);
            Assert.True(file.TryGetProfile("default", out var profile));
            using var kms = new AmazonKeyManagementServiceClient(
                new BasicAWSCredentials(profile.Options.AccessKey, profile.Options.SecretKey), new AmazonKeyManagementServiceConfig { ServiceURL = settings["AWS_ENDPOINT_URL_KMS"], AuthenticationRegion = settings["AWS_REGION"] });
            GetPublicKeyResponse key = await kms.GetPublicKeyAsync(new() { KeyId = SimulatedKms.Alias });
            Assert.Contains(program.Output, line => line.EndsWith(Convert.ToBase64String(key.PublicKey.ToArray()), StringComparison.Ordinal));
            await Assert.ThrowsAsync<AmazonKeyManagementServiceException>(() => kms.DecryptAsync(new() { KeyId = SimulatedKms.Alias, CiphertextBlob = new([1]), EncryptionAlgorithm = "RSAES_OAEP_SHA_256" }));
            program.Signal(15);
            Assert.Equal(0, await program.WaitForExitAsync());
            return key.PublicKey.ToArray();
        }
    }

    [Theory]
    [InlineData(null, "http://127.0.0.1:0", ExitCode.EnvironmentRefused)]
    [InlineData("Production", "http://127.0.0.1:0", ExitCode.EnvironmentRefused)]
    [InlineData("Development", "http://0.0.0.0:0", ExitCode.Refused)]
    public async Task Serve_OutsideDevelopmentOrLoopback_IsRefused(string? environment, string address, object expected)
    {
        (int code, string output, _) = await RunningHelper.RunAsync(["key-authority", "serve", "--keys", _folder.PathOf("k"), "--policy", _folder.PathOf("policy"), "--listen", address], environment);
        Assert.Equal((int)(ExitCode)expected, code);
        Assert.Empty(output);
    }
}
