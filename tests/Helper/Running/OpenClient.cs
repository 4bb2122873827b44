using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Client;

namespace E3.Relay.Helper.Tests.Running;

/// <summary>A client under the identity and the trust that a helper has written.</summary>
internal sealed class OpenClient : IAsyncDisposable
{
    private readonly X509Certificate2 _root;
    private readonly CallerIdentity _identity;

    public OpenClient(string state, string caller, EnclaveClientOptions options)
    {
        _root = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(state, "simulated", "nsm-root.der"));
        _identity = CallerIdentity.Load(Path.Combine(state, "callers", caller));
        Client = new(options, () => EnclaveTrust.Load(Path.Combine(state, "trust.json"), _root), _identity, TimeProvider.System);
    }

    public EnclaveClient Client { get; }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        _identity.Dispose();
        _root.Dispose();
    }
}
