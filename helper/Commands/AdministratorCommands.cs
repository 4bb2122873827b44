using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Helper.Administration;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.Keys.Files;

namespace E3.Relay.Helper.Commands;

/// <summary>
/// <c>helper admin</c>: what an administrator does on a machine of their own, without a running helper. Every command shows in plain words what would be signed, read from the bytes themselves, and asks.
/// </summary>
internal static class AdministratorCommands
{
    private static readonly Option<string> Key = new("--key") { Description = "The administrator's key file.", Required = true };
    private static readonly Option<string> Passphrase = new("--passphrase") { Description = $"Where its passphrase comes from: {PassphraseSource.Forms}.", DefaultValueFactory = static _ => "prompt" };
    private static readonly Option<string> Configuration = new("--config") { Description = "The measured configuration of the fleet.", Required = true };
    private static readonly Option<string> Output = new("--out") { Description = "The document to write.", Required = true };
    private static readonly Option<bool> Yes = new("--yes") { Description = "Sign without asking. What is signed is still shown." };

    public static Command Create(TimeProvider time) => new("admin", "What an administrator does: keys, and signed documents.")
    {
        KeyGen(),
        FleetCommands.Configure(),
        FleetCommands.MeasureProgram(),
        Show(),
        SignGenesis(time),
        SignGrant(),
        SignMeasurements(),
        SignPolicy(),
        SignOrder(),
        Countersign(time),
    };

    private static Command KeyGen()
    {
        var file = new Argument<string>("FILE") { Description = "The key file to write." };
        var command = new Command("keygen", "Makes a P-256 key in a file under a passphrase (Argon2id, AES-256-GCM), and prints its public half.") { file, Passphrase };
        command.SetAction(result =>
        {
            using AdministratorKey key = AdministratorKey.Create(result.GetRequiredValue(file), Source(result).Get($"the new key (at least {AdministratorKey.PassphraseBytesMin} characters)"), PassphraseCost.Default);
            Console.WriteLine($"key id      {key.Id}");
            Console.WriteLine($"public key  {Convert.ToBase64String(key.PublicKey)}");
        });
        return command;
    }

    private static Command Show()
    {
        var file = new Argument<string>("FILE") { Description = "A signed document." };
        var command = new Command("show", "Says what a document says and who signed it; ends with 0 when enough did.") { file, Configuration };
        command.SetAction(result => Guarded(() =>
        {
            MeasuredConfiguration configuration = MeasuredConfiguration.Read(result.GetRequiredValue(Configuration));
            DocumentFile document = DocumentFile.Read(result.GetRequiredValue(file));
            Print(document.Kind, document.Body, configuration);
            return PrintSigners(document, configuration) ? ExitCode.Success : ExitCode.Refused;
        }));
        return command;
    }

    private static Command SignGenesis(TimeProvider time)
    {
        GenesisOptions genesis = new();
        var command = new Command("sign-genesis", "Verifies the evidence of a new root key, and signs it.") { genesis.Request, genesis.Measurements, genesis.Nonce, genesis.AgeMax, genesis.SimulatedRoot };
        genesis.Request.Required = genesis.Measurements.Required = true;
        return Signing(command, (result, configuration) =>
        {
            GenesisRequest request = genesis.Verify(result, configuration, time);
            return (DocumentKind.Genesis, request.Genesis.Write());
        });
    }

    private static Command SignGrant()
    {
        var spec = new Argument<string>("SPEC") { Description = "What is granted to whom, as JSON; docs/keys.md has an example." };
        return Signing(
            new Command("sign-grant", "Signs a grant for a caller.") { spec },
            (result, configuration) => (DocumentKind.Grant, SpecFile.ReadGrant(result.GetRequiredValue(spec), configuration.FleetId).Write()));
    }

    private static Command SignMeasurements()
    {
        var spec = new Argument<string>("SPEC") { Description = "The accepted images, as JSON; docs/keys.md has an example." };
        return Signing(
            new Command("sign-measurements", "Signs the list of accepted images.") { spec },
            (result, configuration) => (DocumentKind.Measurements, SpecFile.ReadMeasurements(result.GetRequiredValue(spec), configuration.FleetId).Write()));
    }

    private static Command SignPolicy()
    {
        var serial = new Option<ulong>("--serial") { Description = "Higher than that of every policy before.", Required = true };
        var helpers = new Option<ulong>("--helper-serial-min") { Description = "Grants of helpers below it are revoked.", Required = true };
        var applications = new Option<ulong>("--application-serial-min") { Description = "Grants of applications below it are revoked.", Required = true };
        return Signing(
            new Command("sign-policy", "Signs a policy, which revokes grants.") { serial, helpers, applications },
            (result, configuration) => (DocumentKind.Policy, new Policy(configuration.FleetId, result.GetRequiredValue(serial), result.GetRequiredValue(helpers), result.GetRequiredValue(applications)).Write()));
    }

    private static Command SignOrder()
    {
        var present = new Option<string>("--genesis") { Description = "The genesis document of the present root.", Required = true };
        var kms = new Option<string?>("--kms-key") { Description = "A file with the public KMS key (PEM) that the new root is wrapped to; that of the measured configuration when not given." };
        return Signing(
            new Command("sign-order", "Signs an order to move all state to a new root key.") { present, kms },
            (result, configuration) =>
            {
                DocumentFile genesis = DocumentFile.Read(result.GetRequiredValue(present));
                if (genesis.Kind != DocumentKind.Genesis || genesis.Signers(configuration).Count < configuration.Threshold || !Genesis.TryRead(genesis.Body, out Genesis root))
                    throw new InvalidDataException("The genesis document is not one that enough administrators of this fleet signed.");
                return (DocumentKind.RewrapOrder, new RewrapOrder(configuration.FleetId, root.RootCommitment, ReadRsa(result.GetValue(kms)) ?? configuration.KmsPublicKey).Write());
            });
    }

    private static Command Countersign(TimeProvider time)
    {
        var file = new Argument<string>("FILE") { Description = "A document that another administrator signed." };
        GenesisOptions genesis = new();
        var command = new Command("countersign", "Adds a signature to a document. For a genesis the evidence is verified again: --request and --measurements.")
        {
            file, genesis.Request, genesis.Measurements, genesis.Nonce, genesis.AgeMax, genesis.SimulatedRoot, Key, Passphrase, Configuration, Output, Yes,
        };
        command.SetAction(result => Guarded(() =>
        {
            MeasuredConfiguration configuration = MeasuredConfiguration.Read(result.GetRequiredValue(Configuration));
            DocumentFile document = DocumentFile.Read(result.GetRequiredValue(file));
            if (document.Kind == DocumentKind.Genesis && !document.Body.AsSpan().SequenceEqual(genesis.Verify(result, configuration, time).Genesis.Write()))
                throw new InvalidDataException("The document is not the genesis of the root key of this request.");
            Print(document.Kind, document.Body, configuration);
            PrintSigners(document, configuration);
            using AdministratorKey key = Confirmed(result, configuration);
            return Written(document.With(key), result, configuration);
        }));
        return command;
    }

    private static Command Signing(Command command, Func<ParseResult, MeasuredConfiguration, (DocumentKind Kind, byte[] Body)> make)
    {
        foreach (Option option in (Option[])[Key, Passphrase, Configuration, Output, Yes])
            command.Options.Add(option);
        command.SetAction(result => Guarded(() =>
        {
            MeasuredConfiguration configuration = MeasuredConfiguration.Read(result.GetRequiredValue(Configuration));
            (DocumentKind kind, byte[] body) = make(result, configuration);
            Print(kind, body, configuration);
            using AdministratorKey key = Confirmed(result, configuration);
            return Written(DocumentFile.Sign(kind, body, key), result, configuration);
        }));
        return command;
    }

    private static int Guarded(Func<ExitCode> act)
    {
        try
        {
            return (int)act();
        }
        catch (InvalidDataException e)
        {
            throw new HelperRefusedException(ExitCode.Refused, e.Message);
        }
    }

    private static PassphraseSource Source(ParseResult result) =>
        PassphraseSource.TryParse(result.GetRequiredValue(Passphrase)) ?? throw new HelperRefusedException(ExitCode.Refused, $"--passphrase is one of {PassphraseSource.Forms}; a passphrase itself is never an argument.");

    private static void Print(DocumentKind kind, byte[] body, MeasuredConfiguration configuration)
    {
        foreach (string line in DocumentWords.Describe(kind, body, configuration))
            Console.WriteLine(line);
    }

    private static bool PrintSigners(DocumentFile document, MeasuredConfiguration configuration)
    {
        IReadOnlyList<byte[]> signers = document.Signers(configuration);
        foreach (byte[] signer in signers)
            Console.WriteLine($"  signed by   administrator {Convert.ToHexStringLower(SignedDocument.KeyId(signer))}");
        int needed = document.Needed(configuration);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  signatures  {signers.Count} of {needed} needed"));
        return signers.Count >= needed;
    }

    private static AdministratorKey Confirmed(ParseResult result, MeasuredConfiguration configuration)
    {
        if (!result.GetValue(Yes))
        {
            if (Console.IsInputRedirected)
                throw new HelperRefusedException(ExitCode.Refused, "There is no terminal to ask at; --yes signs without asking.");
            Console.Write("Sign this? Type yes: ");
            if (Console.ReadLine()?.Trim() != "yes")
                throw new HelperRefusedException(ExitCode.Refused, "Nothing was signed.");
        }

        AdministratorKey key = AdministratorKey.Open(result.GetRequiredValue(Key), Source(result));
        if (configuration.Administrators.Any(administrator => administrator.AsSpan().SequenceEqual(key.PublicKey)))
            return key;
        key.Dispose();
        throw new HelperRefusedException(ExitCode.Refused, "The key is none of an administrator of this fleet.");
    }

    private static ExitCode Written(DocumentFile document, ParseResult result, MeasuredConfiguration configuration)
    {
        document.Write(result.GetRequiredValue(Output));
        PrintSigners(document, configuration);
        Console.WriteLine($"Written to {result.GetRequiredValue(Output)}.");
        return ExitCode.Success;
    }

    private static byte[]? ReadRsa(string? path)
    {
        if (path is null)
            return null;
        try
        {
            using var key = RSA.Create();
            key.ImportFromPem(File.ReadAllText(path));
            return key.ExportSubjectPublicKeyInfo();
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException($"{path} is not a public RSA key in PEM.");
        }
    }

    /// <summary>What it takes to verify the evidence of a root key.</summary>
    private sealed class GenesisOptions
    {
        public Option<string> Request { get; } = new("--request") { Description = "The helper's genesis-request.json." };

        public Option<string> Measurements { get; } = new("--measurements") { Description = "The signed list of accepted images." };

        public Option<string?> Nonce { get; } = new("--nonce") { Description = "The nonce that the helper was told to use, hex." };

        public Option<double> AgeMax { get; } = new("--max-age-hours") { Description = "How old the evidence may be.", DefaultValueFactory = static _ => 72 };

        public Option<string?> SimulatedRoot { get; } = new("--simulated-root") { Description = "A simulated root (DER) to accept; development only." };

        /// <summary>Verifies the request and says what was verified.</summary>
        public GenesisRequest Verify(ParseResult result, MeasuredConfiguration configuration, TimeProvider time)
        {
            if (result.GetValue(Request) is not { } path || result.GetValue(Measurements) is not { } measurements)
                throw new InvalidDataException("A genesis is signed with its evidence at hand: --request and --measurements.");
            if (result.GetValue(SimulatedRoot) is not null)
                DevelopmentGate.Check(Environment.GetEnvironmentVariable(DevelopmentGate.Variable), "A simulated root stands for no enclave");
            using X509Certificate2? root = result.GetValue(SimulatedRoot) is { } file ? X509CertificateLoader.LoadCertificateFromFile(file) : null;
            EnclaveTrust trust = FleetTrust.Create(configuration, DocumentFile.Read(measurements), default, root);
            GenesisRequest request = GenesisRequest.Read(path);
            byte[]? nonce = result.GetValue(Nonce) is { } hex ? Convert.FromHexString(hex) : null;
            if (request.Verify(trust, time.GetUtcNow(), TimeSpan.FromHours(result.GetValue(AgeMax)), nonce, out VerifiedAttestation attestation) is { } wrong)
                throw new InvalidDataException($"The evidence is refused, nothing is signed: {wrong}.");
            Console.WriteLine($"Verified: an engine of the accepted image '{attestation.Measurement.Name}' made this root key at {attestation.Document.Timestamp:u}. Such an engine wraps it to the KMS key of its measured configuration alone.");
            Console.WriteLine(attestation.Simulated ? "  ATTENTION   the attestation is SIMULATED: there is no enclave" : "  attested    by the AWS Nitro root");
            Console.WriteLine(nonce is null ? "  nonce       chosen by the helper: the evidence may be of an earlier root of this fleet" : "  nonce       the one asked for");
            return request;
        }
    }
}
