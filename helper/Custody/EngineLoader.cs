using System.Collections.Concurrent;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Custody;

/// <summary>Gives engines what is stored and lets them use it. It remembers how far each is, so that one that has everything is not asked.</summary>
internal sealed class EngineLoader(EngineSessions sessions, ILogger logger)
{
    private readonly ConcurrentDictionary<string, Progress> _engines = new(StringComparer.Ordinal);

    /// <summary>Loads what the engine lacks. Its keys open from then on.</summary>
    /// <exception cref="AttestationRefusedException">The engine belongs to another generation, or is not trusted at all.</exception>
    /// <exception cref="StoreException"><see cref="StoreError.ChainMismatch"/> when the engine has more than the store, or something else.</exception>
    public async Task LoadAsync(EnclaveAddress address, StoreState state, CancellationToken cancellationToken)
    {
        StateChain chain = state.Snapshot.Chain;
        if (Of(address, state).Loaded == chain.Length)
            return;
        await using EnclaveConnection engine = await sessions.OpenAsync(address, state, cancellationToken).ConfigureAwait(false);
        AttestationStatement statement = engine.Attestation.Statement;
        CheckPrefix(statement, state);
        if (statement.ChainLength < chain.Length)
        {
            await engine.LoadAllAsync(state.Snapshot.Entries.Skip(checked((int)statement.ChainLength)), cancellationToken).ConfigureAwait(false);
            CustodyLog.EntriesLoaded(logger, checked(statement.ChainLength + 1), chain.Length);
        }

        _engines[address.Text] = Of(address, state) with { Loaded = chain.Length };
    }

    /// <summary>Lets the engine use what it has loaded of a state.</summary>
    public async Task ActivateAsync(EnclaveAddress address, StoreState state, CancellationToken cancellationToken)
    {
        Progress progress = Of(address, state);
        ulong length = state.Snapshot.Chain.Length;
        if (progress.Active == length)
            return;
        await using EnclaveConnection engine = await sessions.OpenAsync(address, state, cancellationToken).ConfigureAwait(false);
        await engine.ActivateAsync(length, cancellationToken).ConfigureAwait(false);
        _engines[address.Text] = progress with { Active = length };
    }

    /// <summary>True when the engine uses all of a state, as far as is known here.</summary>
    public bool Uses(EnclaveAddress address, StoreState state) => Of(address, state).Active == state.Snapshot.Chain.Length;

    /// <summary>How far an engine has loaded its generation.</summary>
    public ulong? LoadedOf(EnclaveAddress address) => _engines.TryGetValue(address.Text, out Progress? progress) ? progress.Loaded : null;

    /// <summary>Forgets engines that are no more.</summary>
    public void Keep(IEnumerable<EnclaveAddress> live)
    {
        var addresses = live.Select(static address => address.Text).ToHashSet(StringComparer.Ordinal);
        foreach (string gone in _engines.Keys.Where(address => !addresses.Contains(address)))
            _engines.TryRemove(gone, out _);
    }

    // Where an engine starts is for the engine to say: another helper's process may have been here before.
    private Progress Of(EnclaveAddress address, StoreState state) =>
        _engines.TryGetValue(address.Text, out Progress? progress) && progress.Link.Span.SequenceEqual(state.Link.Span) ? progress : new(state.Link, null, null);

    private static void CheckPrefix(AttestationStatement engine, StoreState state)
    {
        StateChain chain = state.Snapshot.Chain;
        if (engine.ChainLength > chain.Length)
            throw new StoreException(StoreError.ChainMismatch);
        ReadOnlyMemory<byte> head = chain.Head;
        if (engine.ChainLength < chain.Length)
        {
            if (!SealedEntry.TryRead(state.Snapshot.Entries[checked((int)engine.ChainLength)], out SealedEntry next))
                throw new StoreException(StoreError.EntryMalformed);
            head = next.PreviousHead;
        }

        if (!head.Span.SequenceEqual(engine.ChainHead.Span))
            throw new StoreException(StoreError.ChainMismatch);
    }

    private sealed record Progress(ReadOnlyMemory<byte> Link, ulong? Loaded, ulong? Active);
}
