using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Helper.Administration;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.Keys.Files;
using E3.Relay.Helper.Keys.Tokens;
using E3.Relay.Helper.State;
using E3.Relay.Helper.Tee;

namespace E3.Relay.Helper.Commands;

/// <summary>What it takes besides signatures to set a fleet up: the measured configuration, callers' keys, keys of a key authority without KMS, and the genesis document's way back.</summary>
internal static class FleetCommands
{
    private const int KeyBitsDefault = 3072;

    /// <summary><c>helper admin configure</c>.</summary>
    public static Command Configure()
    {
        var output = new Argument<string>("FILE") { Description = "The configuration to write." };
        var administrators = new Option<string[]>("--administrator") { Description = "An administrator's public key, base64, as keygen printed it. Repeatable.", Required = true };
        var threshold = new Option<int>("--threshold") { Description = "How many of them must sign what changes who can open a key.", Required = true };
        var kms = new Option<string>("--kms-key") { Description = "The public key of the key authority: base64 (as KMS GetPublicKey gives it), or a PEM file.", Required = true };
        var fleet = new Option<string?>("--fleet-id") { Description = "32 hexadecimal digits; new ones when not given." };
        var simulated = new Option<bool>("--simulated") { Description = "For the driver 'process': tokens are test tokens." };
        var command = new Command("configure", "Writes the measured configuration of a new fleet.") { output, administrators, threshold, kms, fleet, simulated };
        command.SetAction(result =>
        {
            try
            {
                var configuration = new MeasuredConfiguration(
                    result.GetValue(fleet) is { } id ? Convert.FromHexString(id) : RandomNumberGenerator.GetBytes(Genesis.FleetIdBytes),
                    [.. result.GetRequiredValue(administrators).Select(Convert.FromBase64String)], result.GetRequiredValue(threshold), PublicKey(result.GetRequiredValue(kms)), result.GetValue(simulated));
                string path = result.GetRequiredValue(output);
                if (File.Exists(path))
                    throw new HelperRefusedException(ExitCode.Refused, $"{path} is there already; a configuration is measured, so it is written once.");
                PrivateFile.Write(path, configuration.Write());
                MeasuredConfiguration.Read(path);
                Console.WriteLine($"fleet {Convert.ToHexStringLower(configuration.FleetId)}");
            }
            catch (Exception e) when (e is FormatException or InvalidDataException or CryptographicException)
            {
                File.Delete(result.GetRequiredValue(output));
                throw new HelperRefusedException(ExitCode.Refused, "The parts do not make a measured configuration: the fleet id has 32 digits, administrators are different P-256 keys, the threshold is at most their number, and the KMS key is an RSA key.");
            }
        });
        return command;
    }

    /// <summary><c>helper admin measure-program</c>.</summary>
    public static Command MeasureProgram()
    {
        var enclave = new Option<string?>("--enclave") { Description = "The engine's program; the built or published one when not given." };
        var configuration = new Option<string>("--config") { Description = "The measured configuration.", Required = true };
        var command = new Command("measure-program", "Prints what the driver 'process' puts in the place of PCRs; development only. For an image: helper eif describe.") { enclave, configuration };
        command.SetAction(result =>
        {
            DevelopmentGate.Check(Environment.GetEnvironmentVariable(DevelopmentGate.Variable));
            var measurement = TeeMeasurement.Of(EngineProgram.Find(result.GetValue(enclave), AppContext.BaseDirectory), result.GetRequiredValue(configuration));
            foreach ((int index, byte[] pcr) in (ReadOnlySpan<(int, byte[])>)[(0, measurement.Pcr0), (1, measurement.Pcr1), (2, measurement.Pcr2)])
                Console.WriteLine($"PCR{index} {Convert.ToHexStringLower(pcr)}");
        });
        return command;
    }

    /// <summary><c>helper caller create</c>.</summary>
    public static Command Caller()
    {
        var folder = new Argument<string>("FOLDER") { Description = "The caller's folder; its name is the caller's." };
        var create = new Command("create", "Makes a caller's P-256 key and prints its public half, for a grant.") { folder };
        create.SetAction(result =>
        {
            string path = result.GetRequiredValue(folder);
            PrivateFile.CreateFolder(path);
            string file = Path.Combine(path, CallerIdentity.KeyFileName);
            if (File.Exists(file))
                throw new HelperRefusedException(ExitCode.Refused, $"{file} is there already.");
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            byte[] pem = Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem());
            PrivateFile.Write(file, pem);
            CryptographicOperations.ZeroMemory(pem);
            Console.WriteLine($"public key  {Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}");
            Console.WriteLine($"put the signed grant beside it as {CallerIdentity.GrantFileName}");
        });
        return new("caller", "Keys of callers: helpers and proxies.") { create };
    }

    /// <summary><c>helper genesis accept</c>.</summary>
    public static Command GenesisAccept(Option<string> state)
    {
        var file = new Argument<string>("FILE") { Description = "The genesis document with enough signatures." };
        var configuration = new Option<string>("--config") { Description = "The measured configuration of the fleet.", Required = true };
        var accept = new Command("accept", "Brings the signed genesis document to the helper that waits for it.") { file, configuration };
        accept.SetAction(result =>
        {
            string folder = result.GetValue(state) ?? StateFolder.Default();
            try
            {
                GenesisRequest request = GenesisRequest.Read(GenesisCeremony.RequestPath(folder));
                DocumentFile document = DocumentFile.Read(result.GetRequiredValue(file));
                GenesisCeremony.Check(request, document, MeasuredConfiguration.Read(result.GetRequiredValue(configuration)));
                PrivateFile.Write(GenesisCeremony.DocumentPath(folder), File.ReadAllBytes(result.GetRequiredValue(file)));
            }
            catch (Exception e) when (e is InvalidDataException or FileNotFoundException or DirectoryNotFoundException)
            {
                throw new HelperRefusedException(ExitCode.Refused, e is InvalidDataException ? e.Message : $"No root key waits for signatures in {folder}.");
            }

            Console.WriteLine("Accepted. The helper goes on from here, or when it is started.");
        });
        return new("genesis", "The root key's signatures.") { accept };
    }

    /// <summary><c>helper key-authority create-file</c>.</summary>
    public static Command CreateKeyFile()
    {
        var file = new Argument<string>("FILE") { Description = "The key file to write." };
        var passphrase = new Option<string>("--passphrase") { Description = $"Where its passphrase comes from: {PassphraseSource.Forms}.", DefaultValueFactory = static _ => "prompt" };
        var bits = new Option<int>("--bits") { Description = "2048, 3072 or 4096.", DefaultValueFactory = static _ => KeyBitsDefault };
        var command = new Command("create-file", "Makes an RSA key in a file under a passphrase (Argon2id, AES-256-GCM), to stand in for KMS, and prints its public half.") { file, passphrase, bits };
        command.SetAction(result =>
        {
            if (result.GetValue(bits) is not (2048 or 3072 or 4096))
                throw new HelperRefusedException(ExitCode.Refused, "--bits is 2048, 3072 or 4096.");
            byte[] secret = Source(result.GetRequiredValue(passphrase)).Get($"the new key (at least {AdministratorKey.PassphraseBytesMin} characters)");
            try
            {
                if (secret.Length < AdministratorKey.PassphraseBytesMin)
                    throw new HelperRefusedException(ExitCode.Refused, $"The passphrase has fewer than {AdministratorKey.PassphraseBytesMin} characters.");
                using var key = RSA.Create(result.GetValue(bits));
                ProtectedKeyFile.Seal(AdministeredFleet.KeyFilePurpose, key, secret, PassphraseCost.Default).Write(result.GetRequiredValue(file));
                Console.WriteLine(Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()));
            }
            finally
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        });
        return command;
    }

    /// <summary><c>helper key-authority token-key</c>.</summary>
    public static Command TokenKey()
    {
        var library = new Option<string>("--library") { Description = "The token's PKCS#11 library.", Required = true };
        var token = new Option<string>("--token") { Description = "The token's label.", Required = true };
        var key = new Option<string>("--key") { Description = "The private key's label.", Required = true };
        var pin = new Option<string>("--pin") { Description = $"Where the PIN comes from: {PassphraseSource.Forms}.", DefaultValueFactory = static _ => "prompt" };
        var command = new Command("token-key", "Prints the public half of a key on a PKCS#11 token, and refuses one that could be copied from it.") { library, token, key, pin };
        command.SetAction(result =>
        {
            var options = new TokenOptions(result.GetRequiredValue(library), result.GetRequiredValue(token), result.GetRequiredValue(key));
            using var opened = new TokenWrappingKey(options, Source(result.GetRequiredValue(pin)).Get($"the token '{options.TokenLabel}'"));
            Console.WriteLine(Convert.ToBase64String(opened.PublicKey.Span));
        });
        return command;
    }

    private static PassphraseSource Source(string text) =>
        PassphraseSource.TryParse(text) ?? throw new HelperRefusedException(ExitCode.Refused, $"It is one of {PassphraseSource.Forms}; a passphrase itself is never an argument.");

    private static byte[] PublicKey(string text)
    {
        using var key = RSA.Create();
        if (File.Exists(text))
            key.ImportFromPem(File.ReadAllText(text));
        else
            key.ImportSubjectPublicKeyInfo(Convert.FromBase64String(text), out _);
        return key.ExportSubjectPublicKeyInfo();
    }
}
