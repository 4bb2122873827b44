using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Client.Files;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Client.Tests.Files;

/// <summary>A ready engine in a process of its own, started by the helper on a state folder, and clients of it under the callers that it made.</summary>
public sealed class DevelopmentEngine : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly List<IDisposable> _held = [];
    private ChildProgram _helper = null!;

    public string SocketPath => $"{State}/enclave.sock";

    private string State => _folder.PathOf("s");

    public async ValueTask InitializeAsync()
    {
        _helper = ChildProgram.Start(
            StartedPrograms.PathOf("E3.Relay.Helper"), ["run", "--state", State, "--parent-stdin", "--ensure-app", "shop"], new Dictionary<string, string?> { ["DOTNET_ENVIRONMENT"] = "Development" }, _folder.Path);
        await _helper.WaitForLineAsync("E3 3001");
    }

    /// <summary>A client under the caller <c>requests</c>, who may encrypt, or <c>readers</c>, who may decrypt.</summary>
    public FileClient Files(string caller, EnclaveClientOptions? options = null) => new(options ?? Options(), Trust, Caller(caller), TimeProvider.System);

    public EnclaveClient Fields(string caller) => new(Options(), Trust, Caller(caller), TimeProvider.System);

    public EnclaveClientOptions Options(string? socketPath = null)
    {
        Assert.True(EnclaveAddress.TryParse($"unix:{socketPath ?? SocketPath}", out EnclaveAddress address));
        return new() { Address = address, OpenTimeout = TimeBound.Default, CallTimeout = TimeBound.Default };
    }

    /// <summary>A path for a socket that nobody else has.</summary>
    public string AnotherSocketPath() => _folder.PathOf(Path.GetRandomFileName());

    public async ValueTask DisposeAsync()
    {
        await _helper.DisposeAsync();
        _held.ForEach(static held => held.Dispose());
        _folder.Dispose();
    }

    private EnclaveTrust Trust()
    {
        X509Certificate2 root = Held(X509CertificateLoader.LoadCertificateFromFile(Path.Combine(State, "simulated", "nsm-root.der")));
        return EnclaveTrust.Load(Path.Combine(State, "trust.json"), root);
    }

    private CallerIdentity Caller(string name) => Held(CallerIdentity.Load(Path.Combine(State, "callers", name)));

    private T Held<T>(T held)
        where T : IDisposable
    {
        lock (_held)
            _held.Add(held);
        return held;
    }
}
