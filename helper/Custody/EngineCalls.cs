using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Transport;
using MessagePack;

namespace E3.Relay.Helper.Custody;

/// <summary>The calls that only a helper makes.</summary>
internal static class EngineCalls
{
    // Half of a frame, so that headers never count.
    private const int ChunkBytesMax = ProtocolLimits.FrameBytesMax / 2;
    private static readonly TimeSpan OpenRetryDelay = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Opens a session, patiently: an engine gives a peer one second to say Hello, which is short on a busy machine while it still makes its keys.
    /// It is asked again until the caller's time is up.
    /// </summary>
    public static async Task<EnclaveConnection> OpenAsync(
        EnclaveAddress address, CallerIdentity caller, EnclaveTrust trust, RootExpectation root, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await EnclaveConnection.OpenAsync(address, caller, trust, root, time, cancellationToken).ConfigureAwait(false);
            }
            catch (EnclaveUnavailableException)
            {
                await Task.Delay(OpenRetryDelay, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public static Task<CreatedRoot> CreateRootAsync(this EnclaveConnection engine, byte[] nonce, CancellationToken cancellationToken) =>
        engine.CallAsync(CallType.CreateRoot, WriteOne(nonce), Copied(CreatedRoot.Read), cancellationToken);

    public static Task<Evidence> AttestAsync(this EnclaveConnection engine, byte[] nonce, CancellationToken cancellationToken) =>
        engine.CallAsync(CallType.GetAttestationDocument, WriteOne(nonce), Copied(Evidence.Read), cancellationToken);

    public static Task UnsealRootAsync(this EnclaveConnection engine, UnsealRoot request, CancellationToken cancellationToken) =>
        engine.CallAsync(CallType.UnsealRoot, request.Write, cancellationToken);

    public static Task LoadStateAsync(this EnclaveConnection engine, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken) =>
        engine.CallAsync(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, entries), cancellationToken);

    public static Task SetReadyAsync(this EnclaveConnection engine, Checksum checksum, CancellationToken cancellationToken) =>
        engine.CallAsync(CallType.SetReady, checksum.Write, cancellationToken);

    public static Task<ReadOnlyMemory<byte>[]> CreateKeysAsync(this EnclaveConnection engine, IReadOnlyList<KeyRequest> requests, CancellationToken cancellationToken) =>
        engine.CallAsync(CallType.CreateKey, (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, requests), Copied(Entries.Read), cancellationToken);

    /// <summary>Loads entries in as many calls as they need.</summary>
    public static async Task LoadAllAsync(this EnclaveConnection engine, IEnumerable<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        var chunk = new List<ReadOnlyMemory<byte>>();
        int bytes = 0;
        foreach (ReadOnlyMemory<byte> entry in entries)
        {
            if (chunk.Count == ProtocolLimits.EntriesMax || checked(bytes + entry.Length) > ChunkBytesMax)
            {
                await engine.LoadStateAsync(chunk, cancellationToken).ConfigureAwait(false);
                chunk.Clear();
                bytes = 0;
            }

            chunk.Add(entry);
            bytes = checked(bytes + entry.Length);
        }

        if (chunk.Count > 0)
            await engine.LoadStateAsync(chunk, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets the keys up to a length of the chain be used.</summary>
    public static Task ActivateAsync(this EnclaveConnection engine, ulong length, CancellationToken cancellationToken) =>
        engine.CallAsync(
            CallType.ActivateKey,
            (ref MessagePackWriter writer) =>
            {
                writer.WriteArrayHeader(1);
                writer.Write(length);
            },
            cancellationToken);

    public static Task<ReadOnlyMemory<byte>[]> RotateKeysAsync(this EnclaveConnection engine, IReadOnlyList<KeyRequest> requests, CancellationToken cancellationToken) =>
        engine.CallAsync(CallType.RotateKey, (ref MessagePackWriter writer) => KeyRequest.Write(ref writer, requests), Copied(Entries.Read), cancellationToken);

    public static Task<ReadOnlyMemory<byte>[]> RetireKeyAsync(this EnclaveConnection engine, byte[] keyId, CancellationToken cancellationToken) =>
        engine.CallAsync(CallType.RetireKey, WriteOne(keyId), Copied(Entries.Read), cancellationToken);

    public static Task<ReadOnlyMemory<byte>[]> SetPolicyAsync(this EnclaveConnection engine, byte[] document, CancellationToken cancellationToken) =>
        engine.CallAsync(CallType.SetPolicy, WriteOne(document), Copied(Entries.Read), cancellationToken);

    public static Task<CreatedRoot> RewrapStateAsync(this EnclaveConnection engine, byte[] nonce, byte[] order, CancellationToken cancellationToken) =>
        engine.CallAsync(
            CallType.RewrapState,
            (ref MessagePackWriter writer) =>
            {
                writer.WriteArrayHeader(2);
                writer.Write(nonce);
                writer.Write(order);
            },
            Copied(CreatedRoot.Read),
            cancellationToken);

    public static Task<ReadOnlyMemory<byte>[]> GetRewrappedAsync(this EnclaveConnection engine, ulong position, CancellationToken cancellationToken) =>
        engine.CallAsync(
            CallType.GetRewrapped,
            (ref MessagePackWriter writer) =>
            {
                writer.WriteArrayHeader(1);
                writer.Write(position);
            },
            Copied(Entries.Read),
            cancellationToken);

    public static Task<KeyDescription[]> GetPublicKeysAsync(this EnclaveConnection engine, string app, CancellationToken cancellationToken) =>
        engine.CallAsync(
            CallType.GetPublicKeys,
            (ref MessagePackWriter writer) =>
            {
                writer.WriteArrayHeader(1);
                writer.Write(app);
            },
            Copied(KeyDescription.Read),
            cancellationToken);

    private static Wire.Body WriteOne(byte[] bytes) => (ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(1);
        writer.Write(bytes);
    };

    // What is read outlives the frame that it came in.
    private static Wire.Reader<T> Copied<T>(Wire.Reader<T> read) => (ref MessagePackReader reader) =>
    {
        var copy = new MessagePackReader(reader.ReadRaw().First.ToArray());
        return read(ref copy);
    };
}
