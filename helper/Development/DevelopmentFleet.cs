using System.Security.Cryptography;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Nsm;
using E3.Relay.Helper.State;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Development;

/// <summary>Everything simulated that a fleet on a developer's machine has: administrator, key authority, root of trust, callers. All of it is made on the first run.</summary>
internal sealed class DevelopmentFleet : IDisposable
{
    private const string ModuleId = "i-simulated-enc1";
    private const int KmsBits = 2048;
    private readonly SimulatedRoot _root;
    private readonly RSA _kms;
    private readonly TimeProvider _time;
    private readonly bool _isEmulated;

    private DevelopmentFleet(SimulatedRoot root, RSA kms, SimulatedAdministrator administrator, MeasuredConfigurationFile configuration, StateFolder folder, bool isEmulated, TimeProvider time)
    {
        _isEmulated = isEmulated;
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

    public TrustPublisher Publisher(string path, TeeMeasurement measurement) =>
        new(path, Administrator, Configuration.FleetId, measurement, _root.Certificate, _isEmulated, _time);

    public void Dispose()
    {
        Administrator.Dispose();
        _root.Dispose();
        _kms.Dispose();
    }
}
