using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Transport;

namespace E3.Relay.CrashMatrix;

/// <summary>Seals and opens tokens at one helper's engines, as a proxy would, for as long as a world lives.</summary>
internal sealed class HotPath : IAsyncDisposable
{
    private const int OpensPerCall = 1000;
    private static readonly TimeSpan UnavailableMax = TimeSpan.FromSeconds(120);
    private readonly X509Certificate2 _root;
    private readonly CallerIdentity _sealing;
    private readonly CallerIdentity _opening;
    private readonly EnclaveClient _sealer;
    private readonly EnclaveClient _opener;

    public HotPath(string state)
    {
        _root = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(state, "simulated", "nsm-root.der"));
        _sealing = CallerIdentity.Load(Path.Combine(state, "callers", "all-requests"));
        _opening = CallerIdentity.Load(Path.Combine(state, "callers", "all-readers"));
        if (!EnclaveAddress.TryParse($"unix:{state}/enclave.sock", out EnclaveAddress address))
            throw new InvalidOperationException(state);
        var options = new EnclaveClientOptions { Address = address, Connections = 1, RetryDelay = TimeSpan.FromMilliseconds(5), RetryDelayMax = TimeSpan.FromMilliseconds(20) };
        EnclaveTrust Trust() => EnclaveTrust.Load(Path.Combine(state, "trust.json"), _root);
        _sealer = new(options, Trust, _sealing, TimeProvider.System);
        _opener = new(options, Trust, _opening, TimeProvider.System);
    }

    /// <summary>Seals values of apps until told to stop, and remembers every token that it is given.</summary>
    public async Task SealAsync(Func<string> app, Ledger ledger, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            string name = app();
            byte[] value = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
            try
            {
                TransformOperation operation = RandomNumberGenerator.GetInt32(4) == 0 ? TransformOperation.EncryptDeterministic : TransformOperation.Encrypt;
                TransformResult result = (await _sealer.TransformAsync([Group(operation, name, [value])], CancellationToken.None))[0];
                if (result.Code == ErrorCode.None)
                    ledger.Add(new(name, result.Value, value));
            }
            catch (Exception e) when (e is EnclaveUnavailableException or EnclaveException)
            {
                // There is no engine at the moment.
            }

            await Task.Delay(5, CancellationToken.None);
        }
    }

    /// <summary>Opens every token that there is.</summary>
    public async Task OpenAllAsync(Ledger ledger, Finding finding)
    {
        foreach (IGrouping<string, Token> app in ledger.ByApp)
        {
            foreach (Token[] tokens in app.Chunk(OpensPerCall))
            {
                TransformResult[] results = await OpenAsync(app.Key, tokens);
                for (int i = 0; i < tokens.Length; i++)
                {
                    finding.Opened++;
                    if (results[i].Code != ErrorCode.None || !results[i].Value.Span.SequenceEqual(tokens[i].Value.Span))
                        finding.AddLost($"a token of {app.Key} under key {tokens[i].KeyId} gives {results[i].Code}");
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _sealer.DisposeAsync();
        await _opener.DisposeAsync();
        _sealing.Dispose();
        _opening.Dispose();
        _root.Dispose();
    }

    private async Task<TransformResult[]> OpenAsync(string app, Token[] tokens)
    {
        using var limit = new CancellationTokenSource(UnavailableMax);
        while (true)
        {
            try
            {
                await _opener.ConnectAsync(limit.Token);
                return await _opener.TransformAsync([Group(TransformOperation.Decrypt, app, tokens.Select(static token => token.Text))], limit.Token);
            }
            catch (EnclaveUnavailableException) when (!limit.IsCancellationRequested)
            {
                await Task.Delay(10, CancellationToken.None);
            }
        }
    }

    private static TransformGroup Group(TransformOperation operation, string app, IEnumerable<ReadOnlyMemory<byte>> values) =>
        new() { Operation = operation, App = app, Role = "card", Items = [.. values.Select(static value => new TransformItem(DataType.String, value))] };
}
