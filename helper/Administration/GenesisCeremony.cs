using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Helper.Custody;
using E3.Relay.Helper.State;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Administration;

/// <summary>
/// The ceremony with real administrators: the helper writes the request beside its state and waits; they look at it and sign on machines of their own; <c>helper genesis accept</c> brings the document back.
/// The wrapped root is in the request, so neither a restart of the helper nor of the engine loses it meanwhile.
/// </summary>
internal sealed class GenesisCeremony(StateFolder folder, MeasuredConfiguration configuration, byte[]? nonce, TimeProvider time, ILogger logger) : IGenesisCeremony
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    /// <summary>True while a root waits for signatures.</summary>
    public bool IsPending => File.Exists(RequestPath(folder.Path)) && !File.Exists(DocumentPath(folder.Path));

    public byte[]? Nonce => nonce;

    public static string RequestPath(string stateFolder) => Path.Combine(stateFolder, "genesis-request.json");

    public static string DocumentPath(string stateFolder) => Path.Combine(stateFolder, "genesis-signed");

    public StoredRoot? Resume()
    {
        if (!File.Exists(RequestPath(folder.Path)))
            return null;
        if (IsPending)
            throw Pending();
        try
        {
            GenesisRequest request = GenesisRequest.Read(RequestPath(folder.Path));
            return new(request.WrappedRoot, Check(request, DocumentFile.Read(DocumentPath(folder.Path)), configuration));
        }
        catch (InvalidDataException e)
        {
            throw new CustodyException(e.Message, e);
        }
    }

    public StoredRoot Begin(GenesisRequest request)
    {
        if (File.Exists(folder.TrustFile) && !TrustFile.Parse(File.ReadAllBytes(folder.TrustFile)).Genesis.IsEmpty)
            throw new CustodyException("the genesis of a new root key needs the administrators' signatures, for which the exchange of a root does not wait yet");
        PrivateFile.Write(RequestPath(folder.Path), request.Write());
        AdministrationLog.GenesisRequested(logger, RequestPath(folder.Path), configuration.Threshold, configuration.Administrators.Count);
        throw Pending();
    }

    /// <summary>Returns when the signed document is there.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (IsPending)
            await Task.Delay(Poll, time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The document, when it is the one for this request and enough administrators signed it.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    public static byte[] Check(GenesisRequest request, DocumentFile document, MeasuredConfiguration configuration)
    {
        if (document.Kind != DocumentKind.Genesis || !document.Body.AsSpan().SequenceEqual(request.Genesis.Write()))
            throw new InvalidDataException("The document is not the genesis of the root key that waits for signatures.");
        int signers = document.Signers(configuration).Count;
        return signers >= configuration.Threshold
            ? document.Write()
            : throw new InvalidDataException($"The genesis document has good signatures of {signers} administrators and needs {configuration.Threshold}; have the others countersign it.");
    }

    private CustodyException Pending() => new(
        $"genesis: a root key was made and waits for the signatures of {configuration.Threshold} of {configuration.Administrators.Count} administrators; have {RequestPath(folder.Path)} signed (helper admin sign-genesis), then run helper genesis accept");
}
