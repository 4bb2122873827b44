using System.Buffers;
using System.IO.Pipelines;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.Enclave.Client.Files;

/// <summary>
/// Seals and opens files of any size for one caller, as streams over sessions of their own, so that no field waits behind a file. Memory for one file is about 3 MiB, whatever its size.
/// </summary>
/// <param name="options">Settings.</param>
/// <param name="trust">What is trusted; asked at each attempt to open a session.</param>
/// <param name="caller">Who calls.</param>
/// <param name="time">The time.</param>
public sealed class FileClient(EnclaveClientOptions options, Func<EnclaveTrust> trust, CallerIdentity caller, TimeProvider time) : IAsyncDisposable
{
    private readonly Turn _opening = new();
    private readonly List<FileLane> _lanes = [];

    /// <summary>
    /// Seals everything up to the end of the source. Neither end is completed here. Nothing is written before the engine has accepted the file; when it throws later, the destination has a part, and must not be
    /// completed as if that were all.
    /// </summary>
    /// <exception cref="EnclaveException">The engine refused the file.</exception>
    /// <exception cref="EnclaveUnavailableException">There is no session, or it broke; the file is not tried again.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or nobody reads the destination any more.</exception>
    public Task EncryptAsync(FileBinding binding, PipeReader source, PipeWriter destination, CancellationToken cancellationToken) =>
        RunAsync(binding.Group(TransformOperation.Encrypt), default, source, destination, cancellationToken);

    /// <summary>
    /// Opens a sealed file. What is written has been authenticated, and still may be only the beginning: that it was cut short shows at its end, as <see cref="ErrorCode.TokenRejected"/>. So whoever reads
    /// the destination must learn of an exception, and throw away what it has.
    /// </summary>
    /// <exception cref="EnclaveException">The engine refused the file; <see cref="ErrorCode.TokenMalformed"/> when the source does not begin as a sealed file does.</exception>
    /// <exception cref="EnclaveUnavailableException">There is no session, or it broke; the file is not tried again.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or nobody reads the destination any more.</exception>
    public async Task DecryptAsync(FileBinding binding, PipeReader source, PipeWriter destination, CancellationToken cancellationToken)
    {
        ReadResult read = await source.ReadAtLeastAsync(FileToken.HeaderBytes, cancellationToken).ConfigureAwait(false);
        byte[] header = read.Buffer.Slice(0, Math.Min(FileToken.HeaderBytes, read.Buffer.Length)).ToArray();
        source.AdvanceTo(read.Buffer.GetPosition(header.Length));
        if (!FileToken.HasHeader(header))
            throw new EnclaveException(ErrorCode.TokenMalformed);
        await RunAsync(binding.Group(TransformOperation.Decrypt), header, source, destination, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _opening.TakeAsync(CancellationToken.None).ConfigureAwait(false);
        _opening.Close();
        FileLane[] lanes;
        lock (_lanes)
        {
            lanes = [.. _lanes];
            _lanes.Clear();
        }

        foreach (FileLane lane in lanes)
            await lane.CloseAsync().ConfigureAwait(false);
    }

    private async Task RunAsync(TransformGroup group, ReadOnlyMemory<byte> header, PipeReader source, PipeWriter destination, CancellationToken cancellationToken)
    {
        if (!Names.IsValid(group.App) || !Names.IsValid(group.Role) || group.Context.Length > ProtocolLimits.ContextBytesMax)
            throw new EnclaveException(ErrorCode.LimitExceeded);
        (FileLane lane, uint stream, FilePiece sealedHeader) = await StartAsync(group, header, cancellationToken).ConfigureAwait(false);
        bool isAlive = true;
        try
        {
            destination.Write(sealedHeader.Memory.Span);
            await new FilePump(lane, stream, group.Operation, options.CallTimeout, time).RunAsync(source, destination, cancellationToken).ConfigureAwait(false);
        }
        catch (EnclaveUnavailableException)
        {
            isAlive = false;
            throw;
        }
        finally
        {
            sealedHeader.Dispose();
            await LeaveAsync(lane, isAlive).ConfigureAwait(false);
        }
    }

    // A session may have ended since it was last used. Nothing of the file is under way yet, so another one is tried, once.
    private async Task<(FileLane Lane, uint Stream, FilePiece Header)> StartAsync(TransformGroup group, ReadOnlyMemory<byte> header, CancellationToken cancellationToken)
    {
        for (bool again = false; ; again = true)
        {
            FileLane lane = await EnterAsync(again, cancellationToken).ConfigureAwait(false);
            uint stream = lane.NextNumber();
            try
            {
                return (lane, stream, await lane.StartAsync(new(stream, group, header), options.CallTimeout, time).ConfigureAwait(false));
            }
            catch (Exception e)
            {
                await LeaveAsync(lane, isAlive: e is EnclaveException).ConfigureAwait(false);
                if (again || e is not EnclaveUnavailableException)
                    throw;
            }
        }
    }

    private async Task<FileLane> EnterAsync(bool fresh, CancellationToken cancellationToken)
    {
        await _opening.TakeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            string? target = PublishedAddress.Target(options.Address);
            foreach (FileLane left in TakeIdleElsewhere(target))
                await left.CloseAsync().ConfigureAwait(false);
            FileLane? lane = TakeLane(target, fresh, out bool isFull);
            if (isFull)
                throw new EnclaveUnavailableException("too many files at the same time");
            if (lane is not null)
                return lane;
            lane = new FileLane(await OpenAsync(cancellationToken).ConfigureAwait(false), target) { Streams = 1 };
            lock (_lanes)
                _lanes.Add(lane);
            return lane;
        }
        finally
        {
            _opening.Release();
        }
    }

    // Another engine serves by now, and the one that they are with waits for their end.
    private FileLane[] TakeIdleElsewhere(string? target)
    {
        lock (_lanes)
        {
            FileLane[] left = [.. _lanes.Where(lane => lane.Streams == 0 && !lane.IsAt(target))];
            _lanes.RemoveAll(left.Contains);
            return left;
        }
    }

    // The session with the fewest streams, or null where there should be one more. Those with another engine finish what they have.
    private FileLane? TakeLane(string? target, bool fresh, out bool isFull)
    {
        lock (_lanes)
        {
            FileLane? lane = _lanes.Where(lane => lane.IsAt(target)).MinBy(static lane => lane.Streams);
            bool mayOpen = _lanes.Count(lane => lane.IsAt(target)) < options.FileConnections;
            isFull = !mayOpen && lane is { Streams: >= ProtocolLimits.StreamsMax };
            if (isFull || lane is null || (mayOpen && (fresh || lane.Streams > 0)))
                return null;
            lane.Streams++;
            return lane;
        }
    }

    private async Task LeaveAsync(FileLane lane, bool isAlive)
    {
        lock (_lanes)
        {
            lane.Streams--;
            if (!isAlive)
                _lanes.Remove(lane);
        }

        if (!isAlive)
            await lane.CloseAsync().ConfigureAwait(false);
    }

    private async Task<EnclaveConnection> OpenAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.OpenTimeout);
        EnclaveConnection connection = await EnclaveConnection.OpenAsync(options.Address, caller, trust(), options.Root, time, limit.Token).ConfigureAwait(false);
        if (connection.Phase == EnginePhase.Ready)
            return connection;
        await connection.DisposeAsync().ConfigureAwait(false);
        throw new EnclaveUnavailableException($"its phase is {connection.Phase}");
    }
}
