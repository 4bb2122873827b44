using Amazon.Runtime;
using E3.Relay.Helper.Administration;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Keys.Aws;
using E3.Relay.Helper.Keys.Simulated;
using E3.Relay.Helper.State;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Development;

/// <summary>A simulated KMS on a Unix socket of the state folder, and the AWS SDK in front of it: what asks for the root key on a developer's machine is what asks for it in production.</summary>
internal sealed class DevelopmentKeyAuthority : IRunningKeyAuthority
{
    private readonly SimulatedKmsServer _server;
    private readonly VerifyingKeyAuthority _verifying;
    private readonly AwsKmsKeyAuthority _aws;
    private readonly Task _warmedUp;

    private DevelopmentKeyAuthority(SimulatedKmsServer server, VerifyingKeyAuthority verifying, AwsKmsKeyAuthority aws, CancellationToken cancellationToken)
    {
        _server = server;
        _verifying = verifying;
        _aws = aws;

        // The SDK takes its time to load; meanwhile the engine boots.
        _warmedUp = aws.CheckAsync(cancellationToken);
    }

    public IKeyAuthority Authority => _aws;

    /// <summary>Starts it on a thread of the pool, so that other things can be made ready meanwhile.</summary>
    public static Task<DevelopmentKeyAuthority> StartAsync(StateFolder folder, DevelopmentFleet fleet, TeeMeasurement measurement, TimeProvider time, ILogger logger, CancellationToken cancellationToken) =>
        Task.Run(
            async () =>
            {
                SimulatedCredentials credentials = SimulatedCredentials.LoadOrCreate(folder.Simulated("aws-credentials"));
                VerifyingKeyAuthority verifying = fleet.CreateKeyAuthority(KeyPolicy.For(measurement.Pcr0, measurement.Pcr2));
                var kms = new SimulatedKms(verifying, fleet.KmsPublicKey, credentials, time, logger);
                SimulatedKmsServer server = await SimulatedKmsServer.StartAsync(kms.AnswerAsync, $"{KmsClientFactory.UnixScheme}{folder.Simulated("kms.sock")}", cancellationToken).ConfigureAwait(false);
                var options = new AwsKmsOptions { KeyId = SimulatedKms.Alias, Region = SimulatedKms.Region, ServiceUrl = server.Url };
                var user = new BasicAWSCredentials(credentials.AccessKeyId, credentials.SecretAccessKey);
                return new DevelopmentKeyAuthority(server, verifying, new(options, fleet.KmsPublicKey, () => KmsClientFactory.Create(options, user), time), cancellationToken);
            },
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _warmedUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _aws.Dispose();
        await _server.DisposeAsync().ConfigureAwait(false);
        _verifying.Dispose();
    }
}
