using System.Security.Cryptography;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.Keys;
using E3.Relay.Helper.State;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Custody;

/// <summary>
/// Brings a booting engine to readiness: genesis if there has been none, the root key through the key authority, the sealed entries, and the comparison of checksums.
/// </summary>
internal sealed class Custodian(
    StateFolder folder, ISealedStore store, IKeyAuthority authority, SimulatedAdministrator administrator, TrustPublisher publisher, CallerIdentity caller, TimeProvider time,
    ILogger logger)
{
    // Half of a frame, so that headers never count.
    private const int ChunkBytesMax = ProtocolLimits.FrameBytesMax / 2;

    /// <summary>Brings the engine at an address to readiness and returns the state that it now has.</summary>
    /// <exception cref="CustodyException">The state is refused, by us or by the engine.</exception>
    /// <exception cref="EnclaveUnavailableException">The engine went away.</exception>
    public async Task<StateSnapshot> BringUpAsync(EnclaveAddress address, CancellationToken cancellationToken)
    {
        try
        {
            StoreState state = await store.ReadAsync(null, cancellationToken).ConfigureAwait(false);
            if (state.Root is null)
                CheckFirstRun();
            EnclaveTrust trust = publisher.Trust(state.Root?.Genesis);
            await using EnclaveConnection engine = await EngineCalls.OpenAsync(address, caller, trust, RootExpectation.SignedOrNone, time, cancellationToken).ConfigureAwait(false);
            if (state.Root is null)
                state = await CreateRootAsync(engine, trust, state, cancellationToken).ConfigureAwait(false);
            StoredRoot root = state.Root!;
            StateSnapshot snapshot = state.Snapshot;
            await UnsealAsync(engine, root, cancellationToken).ConfigureAwait(false);
            await LoadAsync(engine, snapshot, cancellationToken).ConfigureAwait(false);
            publisher.Publish(root.Genesis);
            await engine.SetReadyAsync(new(snapshot.Chain.Length, snapshot.Chain.Head), cancellationToken).ConfigureAwait(false);
            return snapshot;
        }
        catch (StoreException e) when (!e.IsTransient)
        {
            throw new CustodyException($"the store of sealed entries is refused: {e.Error}", e);
        }
        catch (InvalidDataException e)
        {
            throw new CustodyException(e.Message, e);
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

    private async Task<StoreState> CreateRootAsync(EnclaveConnection engine, EnclaveTrust trust, StoreState before, CancellationToken cancellationToken)
    {
        // A root that nobody could unwrap must not be made.
        Check(await authority.CheckAsync(cancellationToken).ConfigureAwait(false));
        byte[] nonce = RandomNumberGenerator.GetBytes(Hello.NonceBytes);
        CreatedRoot created = await engine.CreateRootAsync(nonce, cancellationToken).ConfigureAwait(false);
        AttestationError error = AttestationVerifier.Verify(
            created.Evidence, engine.TlsSubjectPublicKeyInfo, nonce, trust, RootExpectation.Unsigned, time.GetUtcNow(), out VerifiedAttestation attestation);
        if (error != AttestationError.None || !attestation.Statement.RootCommitment.Span.SequenceEqual(created.RootCommitment.Span))
            throw new CustodyException($"the evidence for the new root key is refused: {error}");
        byte[] genesis = administrator.Sign(new Genesis(trust.FleetId, attestation.Statement.RootCommitment));
        StoreState begun = await store.BeginGenerationAsync(before, new(created.WrappedRoot.ToArray(), genesis), [], cancellationToken).ConfigureAwait(false);
        Log.GenesisSigned(logger, Convert.ToHexStringLower(trust.FleetId.Span));
        return begun;
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

    private static async Task LoadAsync(EnclaveConnection engine, StateSnapshot snapshot, CancellationToken cancellationToken)
    {
        var chunk = new List<ReadOnlyMemory<byte>>();
        int bytes = 0;
        foreach (ReadOnlyMemory<byte> entry in snapshot.Entries)
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
}
