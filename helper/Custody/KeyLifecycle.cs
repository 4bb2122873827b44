using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Custody;

/// <summary>Makes, rotates and retires keys of apps, and puts policies in force. Each returns when every live engine of the fleet has what was made.</summary>
internal sealed class KeyLifecycle(StateKeeper keeper, EngineSet engines, EngineSessions sessions, TimeProvider time, ILogger logger)
{
    // Whatever the language can ask for is there from the start, so that a new rule does not wait for a new key.
    private static readonly KeyPurpose[] AllPurposes =
        [KeyPurpose.Random, KeyPurpose.Deterministic, KeyPurpose.FormatPreserving, KeyPurpose.Hash, KeyPurpose.ClientP256, KeyPurpose.ClientSecp256k1];

    // Six keys each, well below what one call takes.
    private const int AppsPerChange = 512;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    /// <summary>What is rotated when nobody says otherwise: values under the other purposes are compared with earlier ones, or name their key's version.</summary>
    public static IReadOnlyList<KeyPurpose> RotatedPurposes { get; } = [KeyPurpose.Random, KeyPurpose.ClientP256, KeyPurpose.ClientSecp256k1];

    /// <summary>Makes the keys of an app; false when it has them already.</summary>
    /// <exception cref="EnclaveUnavailableException">No engine serves, or the fleet is not in step.</exception>
    public async Task<bool> CreateAsync(string app, CancellationToken cancellationToken) => await EnsureAsync([app], cancellationToken).ConfigureAwait(false) == 1;

    /// <summary>Makes the keys of those apps that have none, as many apps at once as one call takes, and returns how many that were.</summary>
    /// <exception cref="EnclaveUnavailableException">No engine serves, or the fleet is not in step.</exception>
    public async Task<int> EnsureAsync(IReadOnlyList<string> apps, CancellationToken cancellationToken)
    {
        int created = 0;
        foreach (string[] part in apps.Distinct(StringComparer.Ordinal).Chunk(AppsPerChange))
        {
            string[] missing = [];
            StoreState? after = await keeper.ChangeAsync(
                async (engine, present, token) =>
                {
                    missing = [.. part.Where(app => !present.Snapshot.Apps.Contains(app))];
                    KeyRequest[] requests = [.. missing.SelectMany(static app => AllPurposes.Select(purpose => new KeyRequest(app, purpose)))];
                    return missing.Length == 0 ? null : Checked(requests, await engine.CreateKeysAsync(requests, token).ConfigureAwait(false));
                },
                cancellationToken).ConfigureAwait(false);
            if (after is null)
                continue;
            created += missing.Length;
            foreach (string app in missing)
                Log.AppCreated(logger, app, after.Snapshot.Entries.Count);
        }

        return created;
    }

    /// <summary>Makes the next versions of an app's keys.</summary>
    /// <exception cref="EnclaveException"><see cref="ErrorCode.AppUnknown"/> when the app has no such key.</exception>
    public Task RotateAsync(string app, IReadOnlyList<KeyPurpose> purposes, CancellationToken cancellationToken)
    {
        KeyRequest[] requests = [.. purposes.Select(purpose => new KeyRequest(app, purpose))];
        return ChangeAsync(
            $"keys of app {app} rotated", async (engine, _, token) => Checked(requests, await engine.RotateKeysAsync(requests, token).ConfigureAwait(false)), cancellationToken);
    }

    /// <summary>Retires a key of an app: it opens, and seals no more.</summary>
    /// <exception cref="EnclaveException"><see cref="ErrorCode.KeyNotLoaded"/> when the app has no such key, <see cref="ErrorCode.KeyNotRetirable"/> when it is the newest, or retired already.</exception>
    public async Task RetireAsync(string app, byte[] keyId, CancellationToken cancellationToken)
    {
        // The engine would retire another app's key as well; whoever names both means both.
        if (await DescribeAsync(app, cancellationToken).ConfigureAwait(false) is not { } keys || !keys.Any(key => key.KeyId.Span.SequenceEqual(keyId)))
            throw new EnclaveException(ErrorCode.KeyNotLoaded);
        await ChangeAsync(
            $"key of app {app} retired",
            async (engine, _, token) =>
            {
                ReadOnlyMemory<byte>[] entries = await engine.RetireKeyAsync(keyId, token).ConfigureAwait(false);
                return Checked(entries, 1, (entry, _) => entry.App == app && entry.Purpose == KeyPurpose.Retirement && entry.KeyId.Span.SequenceEqual(keyId));
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts a policy in force that the administrators signed.</summary>
    /// <exception cref="EnclaveException"><see cref="ErrorCode.OrderUntrusted"/> when they did not, or a later one is in force.</exception>
    /// <exception cref="PolicyRefusedException">It would revoke the helper's own grant.</exception>
    public Task SetPolicyAsync(byte[] document, CancellationToken cancellationToken)
    {
        // Nobody could bring an engine up any more.
        if (SignedDocument.TryRead(document, out SignedDocument signed) && Policy.TryRead(signed.Body, out Policy policy) && policy.HelperSerialMin > sessions.GrantSerial)
            throw new PolicyRefusedException();
        return ChangeAsync(
            "policy set",
            async (engine, _, token) => Checked(
                await engine.SetPolicyAsync(document, token).ConfigureAwait(false), 1, (entry, _) => entry.Purpose == KeyPurpose.PolicyRecord && entry.Attachment.Span.SequenceEqual(document)),
            cancellationToken);
    }

    /// <summary>What may be known of an app's keys, from the engine that serves; null when it has none.</summary>
    public async Task<KeyDescription[]?> DescribeAsync(string app, CancellationToken cancellationToken)
    {
        LiveEngine serving = engines.Serving ?? throw new EnclaveUnavailableException("no engine serves");
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(CallTimeout);
        StoreState state = await keeper.ReadAsync(timeout.Token).ConfigureAwait(false);
        await using EnclaveConnection engine = await sessions.OpenAsync(serving.Address, state, timeout.Token).ConfigureAwait(false);
        try
        {
            return await engine.GetPublicKeysAsync(app, timeout.Token).ConfigureAwait(false);
        }
        catch (EnclaveException e) when (e.Code == ErrorCode.AppUnknown)
        {
            return null;
        }
    }

    private async Task ChangeAsync(string what, StateKeeper.Maker make, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        if (await keeper.ChangeAsync(make, cancellationToken).ConfigureAwait(false) is { } after)
            CustodyLog.StateChanged(logger, what, after.Snapshot.Chain.Length, (int)time.GetElapsedTime(started).TotalMilliseconds);
    }

    private static ReadOnlyMemory<byte>[] Checked(KeyRequest[] requests, ReadOnlyMemory<byte>[] entries) =>
        Checked(entries, requests.Length, (entry, i) => entry.App == requests[i].App && entry.Purpose == requests[i].Purpose);

    // What is stored stays for ever, so it is looked at before.
    private static ReadOnlyMemory<byte>[] Checked(ReadOnlyMemory<byte>[] entries, int count, Func<SealedEntry, int, bool> isWanted)
    {
        if (entries.Length != count)
            throw new StoreException(StoreError.EntryMalformed);
        for (int i = 0; i < entries.Length; i++)
        {
            if (!SealedEntry.TryRead(entries[i], out SealedEntry entry) || !isWanted(entry, i))
                throw new StoreException(StoreError.EntryMalformed);
        }

        return entries;
    }
}
