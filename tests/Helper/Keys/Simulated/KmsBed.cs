using System.Security.Cryptography;
using Amazon.Runtime;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Keys.Aws;
using E3.Relay.Helper.Keys.Simulated;
using Microsoft.Extensions.Logging.Abstractions;

namespace E3.Relay.Helper.Tests.Keys.Simulated;

/// <summary>A simulated KMS that serves, and the AWS SDK's client in front of it. Time is the machine's: the SDK signs with it.</summary>
internal sealed class KmsBed : IAsyncDisposable
{
    private readonly VerifyingKeyAuthority _verifying;
    private readonly SimulatedKmsServer _server;

    private KmsBed(FakeFleet fleet, RSA kms, VerifyingKeyAuthority verifying, SimulatedKmsServer server, SimulatedCredentials credentials)
    {
        Fleet = fleet;
        Kms = kms;
        _verifying = verifying;
        _server = server;
        Credentials = credentials;
    }

    public FakeFleet Fleet { get; }

    public RSA Kms { get; }

    public SimulatedCredentials Credentials { get; }

    public string Url => _server.Url;

    public byte[] Root { get; } = RandomNumberGenerator.GetBytes(32);

    public byte[] Wrapped => Kms.Encrypt(Root, RSAEncryptionPadding.OaepSHA256);

    public static async Task<KmsBed> StartAsync(bool unix = true, int bits = 2048)
    {
        var fleet = new FakeFleet();
        fleet.Time.SetUtcNow(TimeProvider.System.GetUtcNow());
        var kms = RSA.Create(bits);
        byte[] publicKey = kms.ExportSubjectPublicKeyInfo();
        var verifying = new VerifyingKeyAuthority(
            "test", new RsaWrappingKey(kms), publicKey, [AttestationRoot.Simulated(fleet.Root.Certificate)], KeyPolicy.For(fleet.Measurement.Pcr0, fleet.Measurement.Pcr2), TimeProvider.System);
        SimulatedCredentials credentials = SimulatedCredentials.LoadOrCreate(fleet.Folder.PathOf("aws-credentials"));
        var simulated = new SimulatedKms(verifying, publicKey, credentials, TimeProvider.System, NullLogger.Instance);
        SimulatedKmsServer server = await SimulatedKmsServer.StartAsync(simulated.AnswerAsync, unix ? $"unix:{fleet.Folder.PathOf("k")}" : "http://127.0.0.1:0", CancellationToken.None);
        return new(fleet, kms, verifying, server, credentials);
    }

    public AwsKmsKeyAuthority Client(string keyId = SimulatedKms.Alias, SimulatedCredentials? credentials = null, byte[]? expected = null) =>
        Client(new AwsKmsOptions { KeyId = keyId, Region = SimulatedKms.Region, ServiceUrl = Url }, credentials ?? Credentials, expected ?? Kms.ExportSubjectPublicKeyInfo());

    public static AwsKmsKeyAuthority Client(AwsKmsOptions options, SimulatedCredentials credentials, byte[] expected) =>
        new(options, expected, () => KmsClientFactory.Create(options, new BasicAWSCredentials(credentials.AccessKeyId, credentials.SecretAccessKey)), TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _verifying.Dispose();
        Kms.Dispose();
        Fleet.Dispose();
    }
}
