using System.CommandLine;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Keys.Simulated;
using E3.Relay.Helper.State;
using Microsoft.Extensions.Logging.Console;

namespace E3.Relay.Helper.Commands;

/// <summary><c>helper key-authority</c>: keys that stand in for KMS, and a simulated KMS by itself, for whatever speaks to KMS: the AWS tools, or helpers and engines that one tries out.</summary>
internal static class KeyAuthorityCommands
{
    private const int KeyBits = 2048;

    public static Command Create(TimeProvider time) => new("key-authority", "Keys that stand in for KMS, and a simulated KMS.")
    {
        FleetCommands.CreateKeyFile(),
        FleetCommands.TokenKey(),
        Serve(time),
    };

    private static Command Serve(TimeProvider time)
    {
        var keys = new Option<string>("--keys") { Description = "The folder with its key and credentials, which are made on the first run.", Required = true };
        var listen = new Option<string>("--listen") { Description = "http:// with a loopback address and a port, or unix:/path.", DefaultValueFactory = static _ => "http://127.0.0.1:4599" };
        var policy = new Option<string>("--policy") { Description = "A file with the Condition of a key policy: kms:RecipientAttestation:ImageSha384 or PCR0, and other PCRs.", Required = true };
        var root = new Option<string?>("--simulated-root") { Description = "A certificate (DER) to trust besides the root of AWS Nitro Enclaves." };
        var command = new Command("serve", "A simulated KMS; development only. Answers Decrypt, GetPublicKey and DescribeKey as KMS does, after it verified the attestation document.") { keys, listen, policy, root };
        command.SetAction(async (result, cancellationToken) =>
        {
            DevelopmentGate.Check(Environment.GetEnvironmentVariable(DevelopmentGate.Variable), "The simulated key authority keeps its key in a file");
            await ServeAsync(result.GetRequiredValue(keys), result.GetRequiredValue(listen), ReadPolicy(result.GetRequiredValue(policy)), result.GetValue(root), time, cancellationToken).ConfigureAwait(false);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static async Task ServeAsync(string folder, string address, KeyPolicy policy, string? simulatedRoot, TimeProvider time, CancellationToken cancellationToken)
    {
        PrivateFile.CreateFolder(folder);
        using X509Certificate2? root = ReadRoot(simulatedRoot);
        RSA key = SimulatedKeys.LoadOrCreateRsa(Path.Combine(folder, "kms.key"), KeyBits);
        SimulatedCredentials credentials = SimulatedCredentials.LoadOrCreate(Path.Combine(folder, "aws-credentials"));
        byte[] publicKey = key.ExportSubjectPublicKeyInfo();
        AttestationRoot[] roots = root is null ? [AttestationRoot.AwsNitro] : [AttestationRoot.AwsNitro, AttestationRoot.Simulated(root)];
        using var authority = new VerifyingKeyAuthority("simulated KMS", new RsaWrappingKey(key), publicKey, roots, policy, time);
        using ILoggerFactory loggers = LoggerFactory.Create(builder =>
        {
            builder.Services.AddSingleton(time);
            builder.SetMinimumLevel(LogLevel.Debug).AddConsole(static options => options.FormatterName = EventLineFormatter.FormatterName).AddConsoleFormatter<EventLineFormatter, ConsoleFormatterOptions>();
        });
        ILogger logger = loggers.CreateLogger("E3.Relay.Helper");
        var kms = new SimulatedKms(authority, publicKey, credentials, time, logger);
        SimulatedKmsServer server = await SimulatedKmsServer.StartAsync(kms.AnswerAsync, address, cancellationToken).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            Console.WriteLine($"# kmsPublicKey for the measured configuration: {Convert.ToBase64String(publicKey)}");
            Console.WriteLine($"# key: {SimulatedKms.Alias} or {kms.Arn}");
            Console.WriteLine($"export AWS_ENDPOINT_URL_KMS={server.Url} AWS_REGION={SimulatedKms.Region} AWS_SHARED_CREDENTIALS_FILE={Path.GetFullPath(Path.Combine(folder, "aws-credentials"))}");
            KeyLog.SimulatedKmsListening(logger, server.Url);
            await SignalledAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task SignalledAsync(CancellationToken cancellationToken)
    {
        var signalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        await signalled.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            signalled.TrySetResult();
        }
    }

    private static KeyPolicy ReadPolicy(string path)
    {
        try
        {
            return KeyPolicy.Parse(File.ReadAllText(path));
        }
        catch (InvalidDataException e)
        {
            throw new HelperRefusedException(ExitCode.Refused, $"{path}: {e.Message}");
        }
    }

    private static X509Certificate2? ReadRoot(string? path)
    {
        try
        {
            return path is null ? null : X509CertificateLoader.LoadCertificateFromFile(path);
        }
        catch (CryptographicException)
        {
            throw new HelperRefusedException(ExitCode.Refused, $"{path} is not a certificate.");
        }
    }
}
