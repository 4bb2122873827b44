using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Files;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;

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
    private FileClient? _files;

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

        Volatile.Write(ref _files, new FileClient(options, trust.Load, _identity, time));
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

    public async ValueTask<TransformResult> TransformFileAsync(TransformGroup group, ReadOnlyMemory<byte> file, CancellationToken cancellationToken)
    {
        FileClient files = Volatile.Read(ref _files) ?? throw new CipherException(ErrorCode.None);
        var binding = new FileBinding(group.App, group.Role, group.Context);
        bool opens = group.Operation == TransformOperation.Decrypt;

        // What a file is opened to is never longer than the file. The memory is the caller's, and cleared where nobody gets it.
        byte[] output = new byte[opens ? file.Length : checked((int)FileToken.SealedBytes(file.Length))];
        bool done = false;
        try
        {
            using var stream = new MemoryStream(output);
            PipeReader source = PipeReader.Create(new ReadOnlySequence<byte>(file));
            PipeWriter destination = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
            await (opens ? files.DecryptAsync(binding, source, destination, cancellationToken) : files.EncryptAsync(binding, source, destination, cancellationToken));
            await destination.CompleteAsync();
            done = true;
            return new TransformResult(ErrorCode.None, DataType.Bytes, output.AsMemory(0, (int)stream.Position));
        }
        catch (EnclaveException exception)
        {
            return new TransformResult(exception.Code, default, default);
        }
        catch (EnclaveUnavailableException)
        {
            throw new CipherException(ErrorCode.None);
        }
        finally
        {
            if (!done)
                CryptographicOperations.ZeroMemory(output);
        }
    }

    public async Task StreamFileAsync(TransformGroup group, PipeReader source, PipeWriter destination, CancellationToken cancellationToken)
    {
        FileClient files = Volatile.Read(ref _files) ?? throw new CipherException(ErrorCode.None);
        var binding = new FileBinding(group.App, group.Role, group.Context);
        try
        {
            if (group.Operation == TransformOperation.Decrypt)
                await files.DecryptAsync(binding, source, destination, cancellationToken);
            else
                await files.EncryptAsync(binding, source, destination, cancellationToken);
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
        if (_files is not null)
            await _files.DisposeAsync();
        if (_client is not null)
            await _client.DisposeAsync();
        _identity?.Dispose();
    }
}
