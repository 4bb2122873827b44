using System.Security.Cryptography;
using Amazon.KeyManagementService;
using Amazon.Runtime;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Helper.Configuration;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Keys.Aws;
using E3.Relay.Helper.Keys.Files;
using E3.Relay.Helper.Keys.Tokens;
using E3.Relay.Helper.Nsm;
using E3.Relay.Helper.State;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Administration;

/// <summary>A fleet with administrators of its own: what they signed is in files, and this helper can sign nothing. A simulated security module, for the process driver, is all that it may have of Development.</summary>
internal sealed class AdministeredFleet : IFleet
{
    /// <summary>The purpose of a key file for a fleet's root.</summary>
    public const string KeyFilePurpose = "key-authority";

    private const string ModuleId = "i-simulated-enc1";
    private readonly HelperSettings _settings;
    private readonly SimulatedRoot? _simulated;
    private readonly TimeProvider _time;

    /// <exception cref="HelperRefusedException">The state folder's simulated root cannot be used.</exception>
    public AdministeredFleet(HelperSettings settings, StateFolder folder, TimeProvider time, ILogger logger)
    {
        _settings = settings;
        _time = time;
        _simulated = settings.Tee == TeeKind.Process ? SimulatedRoot.LoadOrCreate(folder.Simulated("nsm-root.key"), folder.Simulated("nsm-root.der"), time) : null;
        Ceremony = new GenesisCeremony(folder, settings.Configuration, settings.GenesisNonce, time, logger);
    }

    public string ConfigurationFile => _settings.ConfigurationFile;

    public ReadOnlyMemory<byte> FleetId => _settings.Configuration.FleetId;

    public IGenesisCeremony Ceremony { get; }

    public SimulatedNsm CreateModule(TeeMeasurement measurement) => _simulated is null
        ? throw new InvalidOperationException("Only the process driver has a simulated security module.")
        : new(new PcrBank(measurement.Pcr0, measurement.Pcr1, measurement.Pcr2), new AttestationSigner(_simulated, ModuleId, _time));

    public CallerIdentity OpenCaller() => CallerIdentity.Load(_settings.CallerFolder);

    public TrustPublisher Publisher(string path, TeeMeasurement measurement) =>
        new(path, genesis => FleetTrust.File(_settings.Configuration, _settings.Measurements, genesis, _simulated?.Certificate), _simulated?.Certificate, isEmulated: false);

    public Task<IRunningKeyAuthority> StartKeyAuthorityAsync(TeeMeasurement measurement, ILogger logger, CancellationToken cancellationToken) => Task.Run<IRunningKeyAuthority>(
        () =>
        {
            IKeyAuthority authority = Open();
            KeyLog.KeyAuthority(logger, authority.Name);
            if (authority is VerifyingKeyAuthority)
                KeyLog.KeyAuthorityIsHere(logger);
            return new Running(authority);
        },
        cancellationToken);

    public void Dispose() => _simulated?.Dispose();

    private IKeyAuthority Open() => _settings.KeyAuthority switch
    {
        AwsKmsSettings aws => OpenKms(aws.Options),
        TokenSettings token => Verifying($"key '{token.Options.KeyLabel}' on the token '{token.Options.TokenLabel}'", new TokenWrappingKey(token.Options, token.Pin.Get($"the token '{token.Options.TokenLabel}'")), token.Policy),
        KeyFileSettings file => Verifying($"key file {file.File}", OpenFile(file), file.Policy),
        _ => throw new InvalidOperationException("There is no such key authority."),
    };

    // The client is made at once: that no region is known is a mistake of the settings, and not of a later call.
    private AwsKmsKeyAuthority OpenKms(AwsKmsOptions options)
    {
        try
        {
            IAmazonKeyManagementService client = KmsClientFactory.Create(options, credentials: null);
            return new(options, _settings.Configuration.KmsPublicKey, () => client, _time);
        }
        catch (AmazonClientException)
        {
            throw new HelperRefusedException(ExitCode.Refused, "Helper:KeyAuthority:Region is missing, and the AWS SDK found no region in the environment, the profile or the instance.");
        }
    }

    private VerifyingKeyAuthority Verifying(string name, IWrappingKey key, KeyPolicy policy) => new(
        name, key, _settings.Configuration.KmsPublicKey,
        _simulated is null ? [AttestationRoot.AwsNitro] : [AttestationRoot.AwsNitro, AttestationRoot.Simulated(_simulated.Certificate)], policy, _time);

    private static RsaWrappingKey OpenFile(KeyFileSettings settings)
    {
        byte[] passphrase = [];
        var key = RSA.Create();
        try
        {
            var file = ProtectedKeyFile.Read(settings.File, KeyFilePurpose);
            passphrase = settings.Passphrase.Get(settings.File);
            return file.Open(passphrase, key) ? new(key) : throw new InvalidDataException($"The passphrase does not open {settings.File}, or the file was changed.");
        }
        catch (InvalidDataException e)
        {
            key.Dispose();
            throw new HelperRefusedException(ExitCode.Refused, e.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphrase);
        }
    }

    private sealed class Running(IKeyAuthority authority) : IRunningKeyAuthority
    {
        public IKeyAuthority Authority { get; } = authority;

        public ValueTask DisposeAsync()
        {
            Authority.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
