using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Enclave.Client.Files;

/// <summary>One session and the streams that share it.</summary>
/// <param name="connection">The session.</param>
/// <param name="target">Where the address led when it was opened.</param>
internal sealed class FileLane(EnclaveConnection connection, string? target)
{
    private uint _last;

    /// <summary>Streams that have a place here. The client counts them, under its lock.</summary>
    public int Streams { get; set; }

    /// <summary>True when the address leads to the engine of this session, as far as can be seen.</summary>
    public bool IsAt(string? now) => now is null || now == target;

    /// <summary>A number that no stream of this session had.</summary>
    public uint NextNumber() => Interlocked.Increment(ref _last);

    /// <summary>Starts a stream and returns the header of the file that will be sealed; what is opened gives none.</summary>
    public async Task<FilePiece> StartAsync(StartStream start, TimeSpan limit, TimeProvider time)
    {
        Task<FilePiece> answer = await InTimeAsync(connection.SendAsync(CallType.StartStream, start.Write, FilePiece.Read, CancellationToken.None), limit, time).ConfigureAwait(false);
        return await InTimeAsync(answer, limit, time).ConfigureAwait(false);
    }

    /// <summary>Sends the next part of a stream, and returns the task of its answer once it is sent.</summary>
    public Task<Task<FilePiece>> SendAsync(ContinueStream part, TimeSpan limit, TimeProvider time) =>
        InTimeAsync(connection.SendAsync(CallType.ContinueStream, part.Write, FilePiece.Read, CancellationToken.None), limit, time);

    /// <summary>Gives a stream up.</summary>
    public async Task DropAsync(uint stream, TimeSpan limit, TimeProvider time)
    {
        var drop = new ContinueStream(stream, StreamStep.Drop, default);
        Task<object?> answer = await InTimeAsync(connection.SendAsync<object?>(CallType.ContinueStream, drop.Write, read: null, CancellationToken.None), limit, time).ConfigureAwait(false);
        await InTimeAsync(answer, limit, time).ConfigureAwait(false);
    }

    /// <summary>Waits. An engine that is late has lost the session, and every stream in it.</summary>
    /// <exception cref="EnclaveUnavailableException">It is late, or the session broke.</exception>
    public async Task<T> InTimeAsync<T>(Task<T> task, TimeSpan limit, TimeProvider time)
    {
        try
        {
            return await task.WaitAsync(limit, time).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            await CloseAsync().ConfigureAwait(false);
            throw new EnclaveUnavailableException("it does not answer", e);
        }
    }

    /// <summary>Ends the session.</summary>
    public ValueTask CloseAsync() => connection.DisposeAsync();
}
