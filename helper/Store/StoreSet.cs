using E3.Relay.Enclave.Protocol.State;

namespace E3.Relay.Helper.Store;

/// <summary>
/// Several stores as one. Nothing counts before all of them have it and it was read back equal from each. What there is, is served as long as one of them has it and none says otherwise;
/// nothing new is stored unless all are reached, whole and equal.
/// </summary>
/// <remarks>
/// Stores that other helpers share come first, in the order in which they were named, which must be the same everywhere: the first one decides between two who append at once, so that the others never
/// get what it refused. A crash between two stores leaves the earlier ones with entries that the later ones lack and that nobody has used; they are read, opened by an engine, given to the others, and then used.
/// </remarks>
internal sealed class StoreSet : ISealedStore
{
    private static readonly TimeSpan CallTimeoutDefault = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ChangePause = TimeSpan.FromMilliseconds(20);
    private readonly IReadOnlyList<StoreMember> _members;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _turn = new(1);
    private StoreState? _agreed;
    private StoreState? _accepted;
    private string? _disagreement;

    private StoreSet(IReadOnlyList<StoreMember> members, TimeProvider time, ILogger logger)
    {
        _members = members;
        _time = time;
        _logger = logger;
    }

    /// <inheritdoc/>
    public string Name => string.Join(", ", _members.Select(static member => member.Name));

    /// <summary>True when the first of the shared stores could not be read at last, and another store was.</summary>
    public bool IsSharedStoreDown => _members[0] is { IsShared: true, Report.Condition: StoreCondition.Degraded } && _members.Any(static member => member.Failure is null);

    /// <summary>How each store is.</summary>
    public IReadOnlyList<StoreReport> Reports => [.. _members.Select(static member => member.Report)];

    /// <summary>Opens the stores of a fleet. One that cannot be reached is asked again later.</summary>
    /// <exception cref="StoreException">One is of another fleet or version, or would lose what it acknowledges; or the only one is refused.</exception>
    public static async Task<StoreSet> OpenAsync(
        IReadOnlyList<StoreSource> sources, ReadOnlyMemory<byte> fleetId, TimeProvider time, ILogger logger, CancellationToken cancellationToken, TimeSpan? callTimeout = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sources.Count);
        bool alone = sources.Count == 1;
        var set = new StoreSet([.. sources.OrderByDescending(static source => source.IsShared).Select(source => new StoreMember(source, fleetId, alone, callTimeout ?? CallTimeoutDefault, logger))], time, logger);
        await Task.WhenAll(set._members.Select(member => member.ReadAsync(whole: true, patient: true, cancellationToken))).ConfigureAwait(false);
        foreach (StoreMember member in set._members)
        {
            if (member.Failure is { } failure && (IsMistake(failure.Error) || (alone && !failure.IsTransient && member.Store is null)))
            {
                await set.DisposeAsync().ConfigureAwait(false);
                throw new StoreException(failure.Error, $"{member.Name}: {failure.Reason}", failure);
            }
        }

        return set;
    }

    /// <inheritdoc/>
    public async Task<StoreState> ReadAsync(StoreState? known, CancellationToken cancellationToken)
    {
        using Turn turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        StoreState state = await ReadAllAsync(whole: known is null, patient: false, cancellationToken).ConfigureAwait(false);
        await RepairAsync(cancellationToken).ConfigureAwait(false);
        return known is null ? state : StoreComparison.ExpectOn(known, state);
    }

    /// <inheritdoc/>
    public async Task<StoreState> ReadGenerationAsync(long generation, CancellationToken cancellationToken)
    {
        using Turn turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        await ReadAllAsync(whole: false, patient: false, cancellationToken).ConfigureAwait(false);
        StoreMember member = _members.Where(static member => member is { Failure: null, Last: not null }).MaxBy(static member => member.Last!.Generation) ?? throw new StoreException(StoreError.Unavailable);
        return await member.UseAsync((store, token) => store.ReadGenerationAsync(generation, token), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task AcceptAsync(StoreState accepted, CancellationToken cancellationToken)
    {
        using Turn turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        _accepted = accepted;
        await RepairAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<StoreState> AppendAsync(StoreState present, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        SnapshotBuilder.CheckAppend(present, entries);
        return ChangeAsync(
            present,
            (store, token) => store.AppendAsync(present, entries, token),
            state => state.ExpectBehind(present, entries),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<StoreState> BeginGenerationAsync(
        StoreState present, StoredRoot root, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        SnapshotBuilder.Check(new StateChain(), entries);
        byte[] link = GenerationLink.Next(present, root);
        return ChangeAsync(
            present,
            (store, token) => store.BeginGenerationAsync(present, root, entries, token),
            state => state.ExpectBegun(present.Generation + 1, link, entries),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task WaitForChangeAsync(StoreState known, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<Task> any = Task.WhenAny(_members.Select(member => WaitForAsync(member, known, ended.Token)));
        Task first = await any.ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        await first.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(ChangePause, _time, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (StoreMember member in _members)
            await member.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    // A mistake of whoever configured the store, which waiting does not mend.
    private static bool IsMistake(StoreError error) => error is StoreError.OtherFleet or StoreError.FormatUnsupported or StoreError.NotDurable;

    private static async Task WaitForAsync(StoreMember member, StoreState known, CancellationToken cancellationToken)
    {
        // A store that is behind differs from what is known, and would never be waited for.
        StoreState last = member.Last is { } own && !own.Equals(known) && !StoreComparison.IsLater(own, known) ? own : known;
        if (member is { Failure: null, Store: { } store })
            await store.WaitForChangeAsync(last, cancellationToken).ConfigureAwait(false);
        else
            await Task.Delay(RetryInterval, TimeProvider.System, cancellationToken).ConfigureAwait(false);
    }

    // What all that can be read say together, at least as much as they ever said to this process.
    private async Task<StoreState> ReadAllAsync(bool whole, bool patient, CancellationToken cancellationToken)
    {
        await Task.WhenAll(_members.Select(member => member.ReadAsync(whole, patient, cancellationToken))).ConfigureAwait(false);
        List<StoreMember> read = [.. _members.Where(static member => member.Failure is null)];
        if (read.Count == 0)
            throw NothingRead();

        var apart = new List<StoreMember>();
        if (_agreed is not null)
            apart.AddRange(await FindApartAsync(read, _agreed, null, cancellationToken).ConfigureAwait(false));
        List<StoreMember> rest = [.. read.Except(apart)];
        StoreMember? leader = rest.Aggregate((StoreMember?)null, static (best, member) => best is null || StoreComparison.IsLater(member.Last!, best.Last!) ? member : best);
        List<StoreMember> forked = leader is null ? [] : await FindApartAsync(rest, leader.Last!, leader.Store, cancellationToken).ConfigureAwait(false);
        if (forked.Count > 0)
            apart.AddRange(rest);
        Judge(read, apart, leader is null || _agreed is null ? leader?.Last : Later(leader.Last!, _agreed));
        if (apart.Count > 0)
            return _agreed is null ? throw new StoreException(StoreError.Disagreement, _disagreement) : forked.Count > 0 || leader is null ? _agreed : Later(leader.Last!, _agreed);
        return _agreed = _agreed is null ? leader!.Last! : Later(leader!.Last!, _agreed);
    }

    private static StoreState Later(StoreState state, StoreState agreed) => StoreComparison.IsLater(agreed, state) ? agreed : state;

    private static async Task<List<StoreMember>> FindApartAsync(
        IReadOnlyList<StoreMember> members, StoreState other, ISealedStore? otherStore, CancellationToken cancellationToken)
    {
        var apart = new List<StoreMember>();
        foreach (StoreMember member in members)
        {
            if (await StoreComparison.CompareAsync(member.Last!, member.Store, other, otherStore, cancellationToken).ConfigureAwait(false) == StoreRelation.Apart)
                apart.Add(member);
        }

        return apart;
    }

    private void Judge(IReadOnlyList<StoreMember> read, IReadOnlyList<StoreMember> apart, StoreState? leader)
    {
        string? disagreement = apart.Count == 0 ? null : $"{string.Join(" and ", apart.Select(static member => member.Name))} hold other entries than were agreed on";
        foreach (StoreMember member in read)
        {
            if (apart.Contains(member))
                member.Judge(StoreCondition.Disagrees, disagreement!);
            else if (leader is not null && StoreComparison.IsLater(leader, member.Last!))
                member.Judge(StoreCondition.Behind, "it lacks entries that another has");
            else
                member.Judge(StoreCondition.Good);
        }

        if (disagreement is not null && disagreement != _disagreement)
            Log.StoresDisagree(_logger, disagreement);
        _disagreement = disagreement;
    }

    // Only what an engine has opened is handed on: who can write to one store, and compute hashes, must not reach the others through us.
    private async Task RepairAsync(CancellationToken cancellationToken)
    {
#if DEBUG
        if (Custody.PlantedFault.Is(Custody.PlantedFault.OneStore))
            return;
#endif

        if (_accepted is null || _disagreement is not null)
            return;
        StoreMember? source = _members.FirstOrDefault(member => member is { Failure: null, Last: { } last } && last.Generation >= _accepted.Generation);
        foreach (StoreMember member in _members.Where(member => member is { Failure: null, Last: { } last } && StoreComparison.IsLater(_accepted, last)))
        {
            try
            {
                member.Keep(await member.UseAsync(
                    (store, token) => StoreComparison.BringUpAsync(store, member.Last!, _accepted, source?.Store, token), cancellationToken).ConfigureAwait(false));
                Log.StoreRepaired(_logger, member.Name, member.Last!.Snapshot.Chain.Length);
                member.Judge(StoreCondition.Good);
            }
            catch (StoreException)
            {
                // Its condition says why. What it lacks is tried again with the next read.
            }
        }
    }

    private async Task<StoreState> ChangeAsync(
        StoreState present, Func<ISealedStore, CancellationToken, Task<StoreState>> change, Func<StoreState, StoreState> expect, CancellationToken cancellationToken)
    {
        using Turn turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
#if DEBUG
        if (Custody.PlantedFault.Is(Custody.PlantedFault.OneStore))
            return await _members[0].UseAsync(change, cancellationToken).ConfigureAwait(false);
#endif
        await ExpectAllAsync(present, cancellationToken).ConfigureAwait(false);

        // One behind the other: what the first one refuses, none of the others gets.
        foreach (StoreMember member in _members)
        {
            try
            {
                member.Keep(await member.UseAsync(change, cancellationToken).ConfigureAwait(false));
            }
            catch (StoreException e) when (e.Error == StoreError.Conflict && member != _members[0])
            {
                // Another helper saw it in the first store and handed it on before us; the reading back shows whether that is so.
            }
        }

        foreach (StoreMember member in _members)
        {
            member.Keep(await member.UseAsync(
                async (store, token) => expect(await store.ReadAsync(present, token).ConfigureAwait(false)), cancellationToken).ConfigureAwait(false));
            member.Judge(StoreCondition.Good);
        }

        // Somebody else's entries may follow in some of them already; what all have is in the shortest.
        return _accepted = _agreed = _members.Select(static member => member.Last!).Aggregate(static (least, state) => StoreComparison.IsLater(least, state) ? state : least);
    }

    // Whoever changes a state had it opened by an engine, so it is handed to those who lack some of it.
    private async Task ExpectAllAsync(StoreState present, CancellationToken cancellationToken)
    {
        StoreState now = await ReadAllAsync(whole: false, patient: true, cancellationToken).ConfigureAwait(false);
        if (_disagreement is not null)
            throw new StoreException(StoreError.Disagreement, _disagreement);
        if (!now.Equals(present))
            throw new StoreException(StoreError.Conflict);
        _accepted = present;
        await RepairAsync(cancellationToken).ConfigureAwait(false);
        foreach (StoreMember member in _members)
        {
            if (member.Failure is { } failure)
                throw new StoreException(StoreError.Degraded, $"{member.Name}: {failure.Reason}", failure);
            if (!member.Last!.Equals(present))
                throw new StoreException(StoreError.Conflict);
        }
    }

    private StoreException NothingRead()
    {
        StoreMember member = _members.FirstOrDefault(static member => member.Failure is { IsTransient: false }) ?? _members[0];
        return _members.Count == 1 ? member.Failure! : new(member.Failure!.Error, $"{member.Name}: {member.Failure.Reason}", member.Failure);
    }

    private async Task<Turn> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new(_turn);
    }

    private readonly struct Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
