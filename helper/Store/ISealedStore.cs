namespace E3.Relay.Helper.Store;

/// <summary>
/// Where sealed entries are kept: appended behind each other, chained by their hashes, never changed and never deleted. Whatever changes it is a compare-and-set on what the caller has seen,
/// is taken whole or not at all, and is durable and read back over a new connection when the call returns.
/// </summary>
/// <remarks>
/// The entries under one root key are a <em>generation</em>. Genesis begins the first one, without entries; moving to another root key begins the next one, with all of them. Older ones stay.
/// After an exception that is neither a conflict nor about the entries it is not known whether they were taken: what was handed in must not be used, unless a later read shows it.
/// </remarks>
internal interface ISealedStore : IAsyncDisposable
{
    /// <summary>For people and logs; never a password.</summary>
    string Name { get; }

    /// <summary>Reads the present generation and computes its chain anew from the bytes.</summary>
    /// <param name="known">What was read before. Of the same generation only what follows it is read. Null reads, and verifies, everything.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="StoreException">Anything is not as it was stored, or there is less than what is known.</exception>
    Task<StoreState> ReadAsync(StoreState? known, CancellationToken cancellationToken);

    /// <summary>Reads a generation as it is, or as it ended when another followed.</summary>
    /// <exception cref="StoreException">There is none of this number, or it is not as it was stored.</exception>
    Task<StoreState> ReadGenerationAsync(long generation, CancellationToken cancellationToken);

    /// <summary>
    /// Says that an engine has opened every entry of a state, so that they are genuine and not only well chained: what lacks some of them is given them now, before they are used.
    /// One store alone has nothing to do.
    /// </summary>
    Task AcceptAsync(StoreState accepted, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Appends entries to the present generation and returns the state as read back, which has them behind what was present; somebody else's may follow.</summary>
    /// <param name="present">The state that the entries were made for.</param>
    /// <param name="entries">At least one.</param>
    /// <param name="cancellationToken">Ends the waiting; the entries may be stored or not.</param>
    /// <exception cref="StoreException"><see cref="StoreError.Conflict"/> when the store has gone on meanwhile, or what is wrong.</exception>
    Task<StoreState> AppendAsync(StoreState present, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken);

    /// <summary>Begins the generation that follows the present one, with its root and all its entries, and returns the state as read back.</summary>
    /// <param name="present">The state that it follows.</param>
    /// <param name="root">The root key of the new generation.</param>
    /// <param name="entries">Its entries, from position 1; none at genesis.</param>
    /// <param name="cancellationToken">Ends the waiting; the generation may have begun or not.</param>
    /// <exception cref="StoreException"><see cref="StoreError.Conflict"/> when the store has gone on meanwhile, or what is wrong.</exception>
    Task<StoreState> BeginGenerationAsync(StoreState present, StoredRoot root, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken);

    /// <summary>Returns when somebody may have stored something behind what is known; perhaps nobody has.</summary>
    Task WaitForChangeAsync(StoreState known, CancellationToken cancellationToken);
}
