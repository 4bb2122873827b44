using System.Globalization;
using System.Net;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.Proxy.Configuration;

/// <summary>Turns section <c>Relay</c> into <see cref="RelayOptions"/>, or into a sentence for every mistake in it.</summary>
internal sealed class RelayOptionsReader
{
    private const string AddressExample = "http://127.0.0.1:8080";

    // sockaddr_un.sun_path has 108 bytes with the closing NUL (unix(7)).
    private const int UnixPathBytesMax = 107;

    private readonly List<string> _problems = [];
    private readonly string _contentRoot;
    private readonly bool _development;

    private RelayOptionsReader(string contentRoot, bool development) => (_contentRoot, _development) = (contentRoot, development);

    /// <summary>Reads the settings.</summary>
    /// <param name="configuration">The whole configuration.</param>
    /// <param name="environment">Gives the folder that relative paths are relative to, and whether this is Development.</param>
    /// <param name="options">The settings; only to be used when there is no problem.</param>
    /// <returns>The problems, one sentence each.</returns>
    public static IReadOnlyList<string> Read(IConfiguration configuration, IHostEnvironment environment, out RelayOptions options)
    {
        var reader = new RelayOptionsReader(environment.ContentRootPath, environment.IsDevelopment());
        options = reader.Read(new SectionReader(configuration.GetSection(RelayOptions.Section), reader._problems));
        return reader._problems;
    }

    private RelayOptions Read(SectionReader relay)
    {
        ListenerOptions[] listeners = [.. relay.Sections("Listeners").Select(ReadListener)];
        if (listeners.Length == 0)
            _problems.Add("Relay:Listeners names no listener; for example \"public\": { \"Address\": \"http://127.0.0.1:8080\" }.");
        SectionReader management = relay.Section("Management");
        IPEndPoint managementEndPoint = ReadAddress(management);
        management.RejectUnread();
        RejectSharedEndPoints([.. listeners.Select(listener => listener.EndPoint), managementEndPoint]);
        var options = new RelayOptions
        {
            Listeners = listeners,
            Management = managementEndPoint,
            Limits = ReadLimits(relay.Section("Limits")),
            Enclave = ReadEnclave(relay.Section("Enclave"), listeners.Any(listener => listener.HasRules)),
            Programs = ReadPrograms(relay.Section("Start")),
        };
        relay.RejectUnread();
        return options;
    }

    private ListenerOptions ReadListener(SectionReader section)
    {
        string[] rules = [.. section.Texts("Rules").Select(FullPath)];
        var options = new ListenerOptions(section.Name, ReadAddress(section), rules, ReadCaller("RequestCaller"), ReadCaller("ResponseCaller"));
        section.RejectUnread();
        return options;

        string ReadCaller(string key)
        {
            string caller = rules.Length == 0 ? section.Text(key) ?? "" : section.Required(key, "requests");
            if (caller.Length > 0 && !Names.IsValid(caller))
                _problems.Add($"{section.Path}:{key} must be 1 to 64 of a-z, 0-9, '-', '_' and '.'.");
            return caller;
        }
    }

    private IPEndPoint ReadAddress(SectionReader section)
    {
        string text = section.Required("Address", AddressExample);
        if (text.Length == 0)
            return new IPEndPoint(IPAddress.None, 0);
        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttp && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0)
        {
            if (uri.IsLoopback && uri.HostNameType == UriHostNameType.Dns)
                return new IPEndPoint(IPAddress.Loopback, uri.Port);
            if (IPAddress.TryParse(uri.DnsSafeHost, out IPAddress? address))
                return new IPEndPoint(address, uri.Port);
        }

        _problems.Add($"{section.Path}:Address must be http:// with an IP address or localhost and a port, for example {AddressExample}.");
        return new IPEndPoint(IPAddress.None, 0);
    }

    private void RejectSharedEndPoints(IPEndPoint[] endPoints)
    {
        foreach (var shared in endPoints.Where(endPoint => endPoint.Port != 0).GroupBy(endPoint => endPoint).Where(group => group.Count() > 1))
            _problems.Add(string.Create(CultureInfo.InvariantCulture, $"Relay: the address {shared.Key} is given to {shared.Count()} listeners; each needs its own."));
    }

    private static LimitOptions ReadLimits(SectionReader section)
    {
        var defaults = new LimitOptions();
        var options = new LimitOptions
        {
            BodyBytesMax = section.Integer(nameof(LimitOptions.BodyBytesMax), defaults.BodyBytesMax, 1, 64 << 20),
            DepthMax = section.Integer(nameof(LimitOptions.DepthMax), defaults.DepthMax, 1, 512),
            FieldsMax = section.Integer(nameof(LimitOptions.FieldsMax), defaults.FieldsMax, 1, ProtocolLimits.FieldsMax),
            StreamedBodyBytesMax = section.Integer(nameof(LimitOptions.StreamedBodyBytesMax), defaults.StreamedBodyBytesMax, 1, 1L << 40),
            BufferedBytesMax = section.Integer(nameof(LimitOptions.BufferedBytesMax), defaults.BufferedBytesMax, 1, int.MaxValue),
        };
        section.RejectUnread();
        return options;
    }

    private EnclaveOptions? ReadEnclave(SectionReader section, bool needed)
    {
        if (!needed && !section.Exists)
            return null;
        var defaults = new { Connections = 2, CallTimeoutMs = 2000 };
        EnclaveAddress? address = ReadEnclaveAddress(section);
        string trust = FullPath(section.Required("Trust", ".e3/trust.json"));
        string callers = FullPath(section.Required("Callers", ".e3/callers"));
        string witness = FullPath(section.Text("Witness") ?? Path.ChangeExtension(trust, ".witness.json"));
        string? simulatedRoot = section.Text("SimulatedRoot");
        bool emulated = section.Flag("Emulated");
        int connections = section.Integer("Connections", defaults.Connections, 1, 64);
        int timeout = section.Integer("CallTimeoutMs", defaults.CallTimeoutMs, 1, 60_000);
        section.RejectUnread();
        return address is null ? null : new EnclaveOptions
        {
            Address = address,
            TrustPath = trust,
            CallersPath = callers,
            WitnessPath = witness,
            SimulatedRootPath = simulatedRoot is null ? null : FullPath(simulatedRoot),
            AllowsEmulated = emulated,
            Connections = connections,
            CallTimeoutMs = timeout,
        };
    }

    private EnclaveAddress? ReadEnclaveAddress(SectionReader section)
    {
        string text = section.Required("Address", "unix:.e3/enclave.sock");
        if (text.Length == 0)
            return null;
        if (text.StartsWith("unix:", StringComparison.Ordinal) && text.Length > 5)
            text = "unix:" + ShortPath(FullPath(text[5..]));
        if (EnclaveAddress.TryParse(text, out EnclaveAddress address))
            return address;
        _problems.Add($"{section.Path}:Address must be unix:PATH (at most {UnixPathBytesMax} bytes) or vsock:CID:PORT.");
        return null;
    }

    private ProgramOptions[] ReadPrograms(SectionReader start)
    {
        ProgramOptions[] programs = [.. start.Sections("Programs").Select(program =>
        {
            var options = new ProgramOptions(program.Required("Name", "E3.Relay.Helper"), program.Texts("Arguments"));
            program.RejectUnread();
            return options;
        })];
        start.RejectUnread();
        if (programs.Length > 0 && !_development)
            _problems.Add("Relay:Start:Programs is for Development only; elsewhere the engine runs by itself and Relay:Enclave:Address says where.");
        return programs;
    }

    private string FullPath(string path) => path.Length == 0 ? "" : Path.GetFullPath(path, _contentRoot);

    private static string ShortPath(string path) =>
        Encoding.UTF8.GetByteCount(path) <= UnixPathBytesMax ? path : Path.GetRelativePath(Environment.CurrentDirectory, path);
}
