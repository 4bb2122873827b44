using System.Security.Cryptography;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Helper.Administration;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Nsm;
using E3.Relay.Helper.State;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Development;

/// <summary>Everything simulated that a fleet on a developer's machine has: administrator, key authority, root of trust, callers. All of it is made on the first run.</summary>
internal sealed class DevelopmentFleet : IFleet
{
    private const string ModuleId = "i-simulated-enc1";
    private const int KmsBits = 2048;
    private static readonly TimeSpan TrustLifetime = TimeSpan.FromDays(365);
    private static readonly TimeSpan TrustBackdate = TimeSpan.FromMinutes(5);
    private readonly SimulatedRoot _root;
    private readonly RSA _kms;
    private readonly StateFolder _folder;
    private readonly TimeProvider _time;
    private readonly bool _isEmulated;

    private DevelopmentFleet(
        SimulatedRoot root, RSA kms, SimulatedAdministrator administrator, MeasuredConfigurationFile configuration, StateFolder folder, bool isEmulated, TimeProvider time)
    {
        _folder = folder;
        _isEmulated = isEmulated;
        Ceremony = new SimulatedCeremony(administrator);
        _root = root;
        _kms = kms;
        KmsPublicKey = kms.ExportSubjectPublicKeyInfo();
        _time = time;
        Administrator = administrator;
        Configuration = configuration;
        Callers = new(folder, administrator, configuration.FleetId, time);
    }

    public SimulatedAdministrator Administrator { get; }

    public MeasuredConfigurationFile Configuration { get; }

    public string ConfigurationFile => Configuration.Path;

    public ReadOnlyMemory<byte> FleetId => Configuration.FleetId;

    public IGenesisCeremony Ceremony { get; }

    public DevelopmentCallers Callers { get; }

    /// <summary>Opens what there is, and makes what is missing.</summary>
    /// <param name="folder">The state folder.</param>
    /// <param name="isEmulated">True when the engines run in an emulator, whose security module signs nothing.</param>
    /// <param name="time">The clock.</param>
    public static DevelopmentFleet Open(StateFolder folder, bool isEmulated, TimeProvider time)
    {
        var administrator = new SimulatedAdministrator(SimulatedKeys.LoadOrCreate(folder.Simulated("administrator.key"), ECCurve.NamedCurves.nistP256));
        RSA kms = SimulatedKeys.LoadOrCreateRsa(folder.Simulated("kms.key"), KmsBits);
        SimulatedRoot root = SimulatedRoot.LoadOrCreate(folder.Simulated("nsm-root.key"), folder.Simulated("nsm-root.der"), time);
        var configuration = MeasuredConfigurationFile.LoadOrCreate(folder.Configuration, administrator.PublicKey, kms.ExportSubjectPublicKeyInfo());
        return new(root, kms, administrator, configuration, folder, isEmulated, time);
    }

    /// <summary>A security module for one engine.</summary>
    public SimulatedNsm CreateModule(TeeMeasurement measurement) =>
        new(new PcrBank(measurement.Pcr0, measurement.Pcr1, measurement.Pcr2), new AttestationSigner(_root, ModuleId, _time));

    /// <summary>The public half of the key that plays the KMS key.</summary>
    public ReadOnlyMemory<byte> KmsPublicKey { get; }

    /// <summary>What verifies attestation documents in the place of KMS, under this fleet's simulated root.</summary>
    public VerifyingKeyAuthority CreateKeyAuthority(KeyPolicy policy) =>
        new("simulated KMS", new RsaWrappingKey(_kms), KmsPublicKey, [_isEmulated ? AttestationRoot.Emulated : AttestationRoot.Simulated(_root.Certificate)], policy, _time);

    public CallerIdentity OpenCaller()
    {
        CallerIdentity helper = Callers.EnsureHelper();
        Callers.Ensure();
        return helper;
    }

    public async Task<IRunningKeyAuthority> StartKeyAuthorityAsync(TeeMeasurement measurement, ILogger logger, CancellationToken cancellationToken) =>
        await DevelopmentKeyAuthority.StartAsync(_folder, this, measurement, _time, logger, cancellationToken).ConfigureAwait(false);

    /// <summary>What the simulated administrator signs: exactly the image that this helper starts is accepted.</summary>
    public TrustPublisher Publisher(string path, TeeMeasurement measurement) => new(path, genesis => Trust(measurement, genesis), _root.Certificate, _isEmulated);

    public void Dispose()
    {
        Administrator.Dispose();
        _root.Dispose();
        _kms.Dispose();
    }

    private TrustFile Trust(TeeMeasurement measurement, ReadOnlyMemory<byte> genesis)
    {
        DateTimeOffset now = _time.GetUtcNow();
        (long from, long to) = ((now - TrustBackdate).ToUnixTimeSeconds(), (now + TrustLifetime).ToUnixTimeSeconds());
        var pcrs = new Dictionary<int, ReadOnlyMemory<byte>> { [0] = measurement.Pcr0, [1] = measurement.Pcr1, [2] = measurement.Pcr2 };
        var measurements = new Measurements(FleetId, (ulong)now.ToUnixTimeSeconds(), from, to, [new("development", from, to, pcrs)]);
        return new()
        {
            FleetId = FleetId,
            Administrators = [Administrator.PublicKey],
            Threshold = 1,
            Genesis = genesis,
            Measurements = Administrator.Sign(measurements),
            SimulatedRoot = _root.Certificate.RawDataMemory,
            Emulated = _isEmulated,
        };
    }
}
