using System.Threading.Channels;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using MessagePack;

namespace E3.Relay.Enclave.Client;

/// <summary>
/// The hot path for one caller: keeps sessions open, opens them anew when they break, and puts concurrent requests together in one signed frame. No timer holds anything back:
/// what waits while a frame is under way goes in the next. Sessions move when the address leads to another engine, and requests outlive the moment in which there is none.
/// </summary>
public sealed partial class EnclaveClient : IAsyncDisposable
{
    private readonly EnclaveClientOptions _options;
    private readonly Func<EnclaveTrust> _trust;
    private readonly CallerIdentity _caller;
    private readonly TimeProvider _time;
    private readonly Channel<TransformRequest> _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _lanes;
    private int _retrying;
    private readonly Lock _gathering = new();
    private TaskCompletionSource<VerifiedAttestation> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;

    /// <summary>Starts to open sessions.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="trust">What is trusted; asked at each attempt.</param>
    /// <param name="caller">Who calls.</param>
    /// <param name="time">The time.</param>
    public EnclaveClient(EnclaveClientOptions options, Func<EnclaveTrust> trust, CallerIdentity caller, TimeProvider time)
    {
        _options = options;
        _trust = trust;
        _caller = caller;
        _time = time;
        _queue = Channel.CreateBounded<TransformRequest>(new BoundedChannelOptions(options.QueueMax) { FullMode = BoundedChannelFullMode.Wait });
        _lanes = new Task[options.Connections];
        for (int i = 0; i < _lanes.Length; i++)
        {
            bool first = i == 0;
            _lanes[i] = Task.Run(() => RunLaneAsync(first));
        }

        _watching = WatchAddressAsync();
    }

    /// <summary>True while at least one verified session with a ready engine is open.</summary>
    public bool IsReady => Volatile.Read(ref _open) > 0;

    /// <summary>Why there is no session, as a short text without data; null while there is one.</summary>
    public string? NotReadyReason { get; private set; } = "no attempt was made yet";

    /// <summary>True when the engine makes test tokens. Says nothing before there is a session.</summary>
    public bool Simulated { get; private set; }

    /// <summary>Waits for a verified session.</summary>
    public async ValueTask<VerifiedAttestation> ConnectAsync(CancellationToken cancellationToken) =>
        await Volatile.Read(ref _connected).Task.WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Transforms the fields of all groups; the results are in the same order, one after the other. Groups with a token whose key is not loaded are sent once more.</summary>
    /// <remarks>Where the last session was lost a moment ago, it waits for the next one, see <see cref="EnclaveClientOptions.BridgeTimeout"/>.</remarks>
    /// <exception cref="EnclaveUnavailableException">There is no verified session with a ready engine, or it broke.</exception>
    /// <exception cref="EnclaveException">The engine refused the whole call.</exception>
    public async ValueTask<TransformResult[]> TransformAsync(IReadOnlyList<TransformGroup> groups, CancellationToken cancellationToken)
    {
        TransformResult[] results = await TransformOnceAsync(groups, cancellationToken).ConfigureAwait(false);
        return UnknownKeys.AreNamed(groups, results) ? await RetryAsync(groups, results, cancellationToken).ConfigureAwait(false) : results;
    }

    // A key that another engine of the fleet has used is loaded by this one within a second. So many may wait for that; forged tokens must not hold everybody up.
    private async Task<TransformResult[]> RetryAsync(IReadOnlyList<TransformGroup> groups, TransformResult[] results, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _retrying) > UnknownKeys.WaitingMax)
                return results;
            await Task.Delay(_options.UnknownKeyDelay, _time, cancellationToken).ConfigureAwait(false);
            TransformGroup[] again = UnknownKeys.GroupsOf(groups, results);
            return UnknownKeys.Replace(groups, results, await TransformOnceAsync(again, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            Interlocked.Decrement(ref _retrying);
        }
    }

    private async ValueTask<TransformResult[]> TransformOnceAsync(IReadOnlyList<TransformGroup> groups, CancellationToken cancellationToken)
    {
        if (!IsReady && !IsBridging)
            throw new EnclaveUnavailableException(NotReadyReason ?? "the session was lost");
        var request = new TransformRequest(groups, _time.GetTimestamp());
        if (request.Fields == 0)
            return [];
        if (!_queue.Writer.TryWrite(request))
            throw new EnclaveUnavailableException("too many requests wait");
        await using (cancellationToken.UnsafeRegister(static (state, token) => ((TransformRequest)state!).Cancel(token), request).ConfigureAwait(false))
            return await request.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _queue.Writer.TryComplete();
        await Task.WhenAll(_lanes).ConfigureAwait(false);
        await DisposeSessionsAsync().ConfigureAwait(false);
        RefuseWaiting();
        _stop.Dispose();
    }

    // One lane at a time, so that what is looked at is what is taken.
    private void Gather(List<TransformRequest> frame)
    {
        int bytes = 0, fields = 0, groups = 0;
        lock (_gathering)
        {
            while (frame.Count < _options.RequestsPerFrameMax && _queue.Reader.TryPeek(out TransformRequest? next))
            {
                bytes = checked(bytes + next.Bytes);
                fields = checked(fields + next.Fields);
                groups = checked(groups + next.Groups.Count);
                bool fits = bytes <= EnclaveClientOptions.FrameBytesSoftMax && fields <= ProtocolLimits.FieldsMax && groups <= ProtocolLimits.GroupsMax;
                if (frame.Count > 0 && !fits)
                    return;
                if (_queue.Reader.TryRead(out TransformRequest? taken) && taken.TryStartWriting())
                    frame.Add(taken);
            }
        }
    }

    private async Task SendAsync(EnclaveConnection connection, List<TransformRequest> frame)
    {
        try
        {
            TransformResult[][] results = await CallAsync(connection, frame).ConfigureAwait(false);
            for (int i = 0; i < frame.Count; i++)
                frame[i].TrySetResult(results[i]);
        }
        catch (EnclaveException e) when (frame.Count > 1 && e.Code == ErrorCode.LimitExceeded)
        {
            // One request must not fail its neighbours: each is judged by itself.
            foreach (TransformRequest request in frame)
            {
                if (request.TryStartWriting())
                    await SendAsync(connection, [request]).ConfigureAwait(false);
            }
        }
        catch (EnclaveException e) when (e.Code is ErrorCode.LimitExceeded)
        {
            frame[0].TrySetException(e);
        }
    }

    private async Task<TransformResult[][]> CallAsync(EnclaveConnection connection, List<TransformRequest> frame)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(_options.CallTimeout);
        return await connection.CallAsync(CallType.Transform, Write, Read, limit.Token).ConfigureAwait(false);

        void Write(ref MessagePackWriter writer)
        {
            int groups = 0;
            foreach (TransformRequest request in frame)
                groups += request.Groups.Count;
            writer.WriteArrayHeader(groups);
            foreach (TransformRequest request in frame)
            {
                for (int i = 0; i < request.Groups.Count; i++)
                    request.Groups[i].Write(ref writer);
            }

            // From here on the frame has bytes of its own.
            foreach (TransformRequest request in frame)
                request.EndWriting();
        }

        TransformResult[][] Read(ref MessagePackReader reader)
        {
            int groups = 0;
            foreach (TransformRequest request in frame)
                groups += request.Groups.Count;
            Wire.ReadArray(ref reader, groups);
            var results = new TransformResult[frame.Count][];
            for (int i = 0; i < results.Length; i++)
            {
                results[i] = new TransformResult[frame[i].Fields];
                int filled = 0;
                foreach (TransformGroup group in frame[i].Groups)
                {
                    TransformResult.ReadGroup(ref reader, results[i].AsSpan(filled, group.Items.Count));
                    filled += group.Items.Count;
                }
            }

            return results;
        }
    }

    private void RefuseWaiting()
    {
        lock (_gathering)
        {
            while (_queue.Reader.TryRead(out TransformRequest? waiting))
                waiting.TrySetException(new EnclaveUnavailableException(NotReadyReason ?? "the session was lost"));
        }
    }
}
