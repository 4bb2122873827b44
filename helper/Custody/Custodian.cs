using System.Security.Cryptography;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Administration;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.State;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Custody;

/// <summary>
/// Brings a booting engine to readiness: genesis if there has been none, the root key through the key authority, the sealed entries, and the comparison of checksums.
/// </summary>
internal sealed class Custodian(
    StateFolder folder, ISealedStore store, IKeyAuthority authority, IGenesisCeremony ceremony, TrustPublisher publisher, CallerIdentity caller, TimeProvider time,
    ILogger logger)
{
    /// <summary>Brings the engine at an address to readiness and returns the state that it now has.</summary>
    /// <exception cref="CustodyException">The state is refused, by us or by the engine.</exception>
    /// <exception cref="EnclaveUnavailableException">The engine went away.</exception>
    public Task<StateSnapshot> BringUpAsync(EnclaveAddress address, CancellationToken cancellationToken) => RefusingAsync(
        async () =>
        {
            StoreState state = await store.ReadAsync(null, cancellationToken).ConfigureAwait(false);
            if (state.Root is null)
            {
                CheckFirstRun();
                if (ceremony.Resume() is { } signed)
                    state = await store.BeginGenerationAsync(state, signed, [], cancellationToken).ConfigureAwait(false);
            }

            EnclaveTrust trust = publisher.Trust(state.Root?.Genesis);
            await using EnclaveConnection engine = await EngineCalls.OpenAsync(address, caller, trust, RootExpectation.SignedOrNone, time, cancellationToken).ConfigureAwait(false);
            if (state.Root is null)
                state = await CreateRootAsync(engine, state, cancellationToken).ConfigureAwait(false);
            await UnsealAsync(engine, state.Root!, cancellationToken).ConfigureAwait(false);
            await engine.LoadAllAsync(state.Snapshot.Entries, cancellationToken).ConfigureAwait(false);
            publisher.Publish(state.Root!.Genesis);

            // The engine has opened every entry and uses none yet: now each store is given what it lacks of them.
            await store.AcceptAsync(state, cancellationToken).ConfigureAwait(false);
            await engine.SetReadyAsync(new(state.Snapshot.Chain.Length, state.Snapshot.Chain.Head), cancellationToken).ConfigureAwait(false);
            return state.Snapshot;
        });

    /// <summary>Shows that a booting engine can start from a root key and its entries, before anybody relies on it. That engine is of no further use.</summary>
    /// <exception cref="CustodyException">It cannot.</exception>
    public Task ProveAsync(EnclaveAddress address, StoredRoot root, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken) => RefusingAsync(
        async () =>
        {
            await using EnclaveConnection engine =
                await EngineCalls.OpenAsync(address, caller, publisher.Trust(root.Genesis), RootExpectation.SignedOrNone, time, cancellationToken).ConfigureAwait(false);
            await UnsealAsync(engine, root, cancellationToken).ConfigureAwait(false);
            await engine.LoadAllAsync(entries, cancellationToken).ConfigureAwait(false);
            var chain = new StateChain();
            foreach (ReadOnlyMemory<byte> entry in entries)
                chain.Append(entry.Span);
            await engine.SetReadyAsync(new(chain.Length, chain.Head), cancellationToken).ConfigureAwait(false);
            return true;
        });

    /// <summary>Verifies the evidence for a root key that an engine made, and has the administrators sign for it.</summary>
    /// <exception cref="CustodyException">The evidence is refused, or it waits for signatures.</exception>
    public StoredRoot SignGenesis(EnclaveConnection engine, CreatedRoot created, byte[] nonce)
    {
        EnclaveTrust trust = publisher.Trust(default);
        AttestationError error = AttestationVerifier.Verify(
            created.Evidence, engine.TlsSubjectPublicKeyInfo, nonce, trust, RootExpectation.Unsigned, time.GetUtcNow(), out VerifiedAttestation attestation);
        if (error != AttestationError.None || !attestation.Statement.RootCommitment.Span.SequenceEqual(created.RootCommitment.Span))
            throw new CustodyException($"the evidence for the new root key is refused: {error}");
        return ceremony.Begin(new(time.GetUtcNow(), nonce, engine.TlsSubjectPublicKeyInfo, created.WrappedRoot.ToArray(), created.Evidence));
    }

    // What is refused once is refused always; what may pass goes on as it is.
    private static async Task<T> RefusingAsync<T>(Func<Task<T>> action)
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (StoreException e) when (!e.IsTransient)
        {
            throw new CustodyException($"the store of sealed entries is refused: {e.Reason}", e);
        }
        catch (InvalidDataException e)
        {
            throw new CustodyException(e.Message, e);
        }
        catch (AttestationRefusedException e) when (e.Error == AttestationError.NonceMismatch)
        {
            // A document that answers another request, as a module gives that was interrupted. This engine is of no use; the next one may be.
            throw new EnclaveUnavailableException("its attestation document answers another request", e);
        }
        catch (AttestationRefusedException e)
        {
            throw new CustodyException($"the engine's attestation is refused: {e.Error}", e);
        }
        catch (EnclaveException e) when (e.Code is not (ErrorCode.Busy or ErrorCode.AttestationUnavailable))
        {
            throw new CustodyException($"the engine refuses the state: {e.Code}", e);
        }
    }

    // A store that lost its root must not be taken for a new one: the keys of every token made so far would be gone for good, without a word.
    private void CheckFirstRun()
    {
        if (File.Exists(folder.TrustFile) && !TrustFile.Parse(File.ReadAllBytes(folder.TrustFile)).Genesis.IsEmpty)
            throw new CustodyException("the store has no root key, though the trust file says that one was made; restore state.db, or delete the whole state folder to start anew (its tokens are then lost)");
    }

    private async Task<StoreState> CreateRootAsync(EnclaveConnection engine, StoreState before, CancellationToken cancellationToken)
    {
        // A root that nobody could unwrap must not be made.
        Check(await authority.CheckAsync(cancellationToken).ConfigureAwait(false));
        byte[] nonce = ceremony.Nonce ?? RandomNumberGenerator.GetBytes(Hello.NonceBytes);
        CreatedRoot created = await engine.CreateRootAsync(nonce, cancellationToken).ConfigureAwait(false);
        StoredRoot root = SignGenesis(engine, created, nonce);
        FailPoint.Reach(FailPoint.RootMade);
        try
        {
            StoreState begun = await store.BeginGenerationAsync(before, root, [], cancellationToken).ConfigureAwait(false);
            FailPoint.Reach(FailPoint.RootStored);
            Log.GenesisSigned(logger, Convert.ToHexStringLower(publisher.Trust(default).FleetId.Span));
            return begun;
        }
        catch (StoreException e) when (e.Error == StoreError.Conflict)
        {
            // Another helper was first. What this engine made is forgotten, and it starts like any other from the root that is stored.
            CustodyLog.GenesisElsewhere(logger);
            return await store.ReadAsync(null, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task UnsealAsync(EnclaveConnection engine, StoredRoot root, CancellationToken cancellationToken)
    {
        Evidence evidence = await engine.AttestAsync(RandomNumberGenerator.GetBytes(Hello.NonceBytes), cancellationToken).ConfigureAwait(false);
        KeyAuthorityAnswer answer = await authority.DecryptAsync(root.Wrapped, evidence.Document, cancellationToken).ConfigureAwait(false);
        Check(answer);
        await engine.UnsealRootAsync(new(root.Genesis, answer.CiphertextForRecipient), cancellationToken).ConfigureAwait(false);
    }

    private static void Check(KeyAuthorityAnswer answer)
    {
        if (answer.Error != KeyAuthorityError.None)
            throw answer.Error.IsFinal() ? new CustodyException($"the key authority refuses the root key: {answer.Describe()}") : new KeyAuthorityUnavailableException($"the key authority refuses the root key for now: {answer.Describe()}");
    }
}
