using System.Security.Cryptography;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Proxy.Ciphers;

/// <summary>The engine under the identity in one folder, which may come into being after the proxy has started.</summary>
internal sealed class EnclaveCipher(string caller, string folder, EnclaveClientOptions options, TrustSource trust) : IFieldCipher, IAsyncDisposable
{
    // No grant names this app and role, so the answer costs the engine nothing; that there is one shows that the session lives.
    private const string ProbeName = "probe";

    private static readonly TransformGroup[] Probe =
        [new() { Operation = TransformOperation.Verify, App = ProbeName, Role = ProbeName, Items = [new TransformItem(DataType.String, default)] }];

    private CallerIdentity? _identity;
    private EnclaveClient? _client;

    public string Caller => caller;

    public CipherStatus Status => Volatile.Read(ref _client) switch
    {
        null => new CipherStatus(false, "the caller's key and grant are missing"),
        { IsReady: true } => new CipherStatus(true, ""),
        { } client => new CipherStatus(false, client.NotReadyReason ?? "the session was lost"),
    };

    public bool Simulated => Volatile.Read(ref _client)?.Simulated == true;

    /// <summary>Loads the identity and begins to open sessions.</summary>
    /// <returns>False while key or grant cannot be read.</returns>
    public bool TryOpen(TimeProvider time)
    {
        try
        {
            _identity = CallerIdentity.Load(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return false;
        }

        Volatile.Write(ref _client, new EnclaveClient(options, trust.Load, _identity, time));
        return true;
    }

    /// <summary>Finds out whether a session that nobody uses still lives; the client opens a new one if not.</summary>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TransformAsync(Probe, cancellationToken);
        }
        catch (CipherException)
        {
            // The status tells from here on.
            return;
        }
    }

    public async ValueTask<TransformResult[]> TransformAsync(IReadOnlyList<TransformGroup> groups, CancellationToken cancellationToken)
    {
        EnclaveClient client = Volatile.Read(ref _client) ?? throw new CipherException(ErrorCode.None);
        try
        {
            return await client.TransformAsync(groups, cancellationToken);
        }
        catch (EnclaveException exception)
        {
            throw new CipherException(exception.Code);
        }
        catch (EnclaveUnavailableException)
        {
            throw new CipherException(ErrorCode.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
            await _client.DisposeAsync();
        _identity?.Dispose();
    }
}
