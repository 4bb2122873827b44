using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Helper.Administration;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.Keys.Aws;
using E3.Relay.Helper.Keys.Files;
using E3.Relay.Helper.Keys.Tokens;
using E3.Relay.Helper.Tee.Nitro;

namespace E3.Relay.Helper.Configuration;

/// <summary>Reads the section <c>Helper</c> of a settings file, with the environment (<c>Helper__KeyAuthority__KeyId</c>) over it. All mistakes are reported at once, and a helper with one does not start.</summary>
internal static class HelperSettingsReader
{
    private const string SectionName = "Helper";

    /// <exception cref="HelperRefusedException">Anything is missing, wrong or unknown; the message has a line for each.</exception>
    public static HelperSettings Read(string path, string? environment)
    {
        IConfigurationRoot root;
        try
        {
            root = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(path), optional: false).AddEnvironmentVariables().Build();
        }
        catch (Exception e) when (e is FileNotFoundException or InvalidDataException or FormatException)
        {
            throw new HelperRefusedException(ExitCode.Refused, $"{path} is not a settings file in JSON, or not there.");
        }

        var problems = new List<string>();
        HelperSettings? settings = Read(new SettingsSection(root.GetSection(SectionName), problems), DevelopmentGate.IsOpen(environment));
        return problems.Count == 0 && settings is not null ? settings : throw new HelperRefusedException(ExitCode.Refused, string.Join('\n', problems.Prepend($"{path} cannot be used:")));
    }

    private static HelperSettings? Read(SettingsSection section, bool development)
    {
        TeeKind? tee = Tee(section, development);
        NitroImage? nitro = tee == TeeKind.Nitro ? Nitro(section.Section("Nitro")) : null;
        MeasuredConfiguration? configuration = section.Required("MeasuredConfiguration", "configuration.json", MeasuredConfiguration.Read);
        DocumentFile? measurements = section.Required("Measurements", "measurements.signed", DocumentFile.Read);
        string caller = section.Required("Caller", "callers/helper");
        CheckCaller(section, caller);
        byte[]? nonce = section.Text("GenesisNonce") is null ? null : section.Required("GenesisNonce", "64 hexadecimal digits", Nonce);
        SettingsSection authority = section.Section("KeyAuthority");
        KeyAuthoritySettings? keyAuthority = KeyAuthority(authority, development);
        authority.RejectUnread();
        section.RejectUnread();
        if (configuration is not null && measurements is not null)
            CheckTrust(section, configuration, measurements);
        if (configuration is not null && tee is { } kind && configuration.Simulated != (kind == TeeKind.Process))
            section.Report($"{section.Path}:MeasuredConfiguration: 'simulated' is true for the driver 'process', whose tokens are test tokens, and false for every other.");
        return tee is { } driver && configuration is not null && measurements is not null && keyAuthority is not null
            ? new()
            {
                Tee = driver,
                Nitro = nitro,
                ConfigurationFile = Path.GetFullPath(section.Text("MeasuredConfiguration")!),
                Configuration = configuration,
                Measurements = measurements,
                CallerFolder = caller,
                GenesisNonce = nonce,
                KeyAuthority = keyAuthority,
            }
            : null;
    }

    private static TeeKind? Tee(SettingsSection section, bool development)
    {
        string name = section.Required("Tee", "nitro");
        switch (name)
        {
            case "process" when !development:
                section.Report($"{section.Path}:Tee: the driver 'process' protects nothing, so it needs {DevelopmentGate.Variable}=Development.");
                return null;
            case "process":
                return TeeKind.Process;
            case "nitro":
                return TeeKind.Nitro;
            case "":
                return null;
            default:
                section.Report($"{section.Path}:Tee is nitro or process.");
                return null;
        }
    }

    private static NitroImage Nitro(SettingsSection section)
    {
        var defaults = new NitroSettings();
        string image = section.Required("Image", "e3.eif");
        if (image.Length > 0 && !File.Exists(image))
            section.Report($"{section.Path}:Image: there is no {image}; helper eif build makes one.");
        var settings = new NitroSettings
        {
            MemoryMiB = section.Integer("MemoryMiB", defaults.MemoryMiB),
            Vcpus = section.Integer("Vcpus", defaults.Vcpus),
            Cid = (uint)section.Integer("Cid", 0),
            Port = (uint)section.Integer("Port", (int)defaults.Port),
        };
        foreach (string problem in settings.Problems())
            section.Report($"{section.Path}: {problem}.");
        section.RejectUnread();
        return new(Path.GetFullPath(image.Length == 0 ? "." : image), settings);
    }

    private static void CheckCaller(SettingsSection section, string folder)
    {
        if (folder.Length == 0)
            return;
        foreach (string name in (string[])[CallerIdentity.KeyFileName, CallerIdentity.GrantFileName])
        {
            if (!File.Exists(Path.Combine(folder, name)))
                section.Report($"{section.Path}:Caller: there is no {name} in {folder}; helper caller makes the key, and an administrator signs the grant.");
        }
    }

    private static void CheckTrust(SettingsSection section, MeasuredConfiguration configuration, DocumentFile measurements)
    {
        try
        {
            if (measurements.Kind != DocumentKind.Measurements)
                throw new InvalidDataException("it is another document than a list of accepted images");
            FleetTrust.Create(configuration, measurements, default, null);
        }
        catch (InvalidDataException e)
        {
            section.Report($"{section.Path}:Measurements: {e.Message}");
        }
    }

    private static KeyAuthoritySettings? KeyAuthority(SettingsSection section, bool development)
    {
        switch (section.Required("Kind", "aws-kms"))
        {
            case "aws-kms":
                return AwsKms(section, development);
            case "pkcs11":
                var token = new TokenOptions(section.Required("Library", "/usr/lib/softhsm/libsofthsm2.so"), section.Required("Token", "e3"), section.Required("Key", "e3-root"));
                PassphraseSource? pin = Source(section, "Pin");
                return Policy(section) is { } tokenPolicy && pin is not null ? new TokenSettings(token, pin, tokenPolicy) : null;
            case "key-file":
                string file = section.Required("File", "root.key");
                PassphraseSource? passphrase = Source(section, "Passphrase");
                return Policy(section) is { } filePolicy && passphrase is not null ? new KeyFileSettings(file, passphrase, filePolicy) : null;
            case "":
                return null;
            default:
                section.Report($"{section.Path}:Kind is aws-kms, pkcs11 or key-file.");
                return null;
        }
    }

    private static AwsKmsSettings AwsKms(SettingsSection section, bool development)
    {
        string? url = section.Text("ServiceUrl");
        if (url is not null && !IsAllowed(url, development))
            section.Report($"{section.Path}:ServiceUrl is https://…{(development ? ", http:// on loopback, or unix:/path" : $"; http:// on loopback and unix:/path need {DevelopmentGate.Variable}=Development")}.");
        return new(new AwsKmsOptions { KeyId = section.Required("KeyId", "arn:aws:kms:eu-west-1:111122223333:key/…"), Region = section.Text("Region"), ServiceUrl = url });
    }

    private static bool IsAllowed(string url, bool development) => Uri.TryCreate(url, UriKind.Absolute, out Uri? uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (development && (url.StartsWith(KmsClientFactory.UnixScheme, StringComparison.Ordinal) || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))));

    private static KeyPolicy? Policy(SettingsSection section) => section.Required("Policy", "policy.json", static path => KeyPolicy.Parse(File.ReadAllText(path)));

    private static PassphraseSource? Source(SettingsSection section, string key) => section.Required(
        key, "credential:e3-root", static text => PassphraseSource.TryParse(text) ?? throw new InvalidDataException($"it is one of {PassphraseSource.Forms}; a passphrase itself is never a setting."));

    private static byte[] Nonce(string hex) =>
        Convert.FromHexString(hex) is { Length: Hello.NonceBytes } nonce ? nonce : throw new FormatException($"it is not {Hello.NonceBytes * 2} hexadecimal digits.");
}
