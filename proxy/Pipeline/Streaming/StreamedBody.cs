using System.IO.Pipelines;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline.Streaming;

/// <summary>
/// A body that is changed while it passes. A part of it is in the engine while the next one arrives and the one before is forwarded; nothing more is read until that is done, so that whoever sends is as slow as
/// whoever receives. Of a part, all or nothing is forwarded. After an error the reader gets an exception in place of an end.
/// </summary>
internal sealed class StreamedBody : IAsyncDisposable
{
    private const int WaitingBytesMax = 128 * 1024;

    private readonly StreamedSource _source;
    private readonly StreamedParts _parts;
    private readonly StreamedFiles _files;
    private readonly Func<Exception, RelayError> _errorOf;
    private readonly Action<RelayError> _cut;
    private readonly CancellationTokenSource _ending;
    private readonly Pipe _pipe;
    private readonly TaskCompletionSource<RelayError?> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;

    /// <summary>Prepares a body.</summary>
    /// <param name="source">Where it comes from.</param>
    /// <param name="parts">What is done to its parts.</param>
    /// <param name="files">What is done to files in it.</param>
    /// <param name="budget">The memory that all bodies may hold.</param>
    /// <param name="errorOf">The error for what goes wrong with the source.</param>
    /// <param name="cut">Is told why the body is cut off, before whoever reads it is.</param>
    /// <param name="requestAborted">Ends with the request.</param>
    public StreamedBody(
        StreamedSource source, StreamedParts parts, StreamedFiles files, BufferBudget budget, Func<Exception, RelayError> errorOf, Action<RelayError> cut, CancellationToken requestAborted)
    {
        (_source, _parts, _files, _errorOf, _cut) = (source, parts, files, errorOf, cut);
        _ending = CancellationTokenSource.CreateLinkedTokenSource(requestAborted);
        _pipe = new Pipe(new PipeOptions(new ClearedPool(budget), pauseWriterThreshold: WaitingBytesMax, resumeWriterThreshold: WaitingBytesMax / 2, useSynchronizationContext: false));
        Output = new EditedStream(_pipe.Reader);
    }

    /// <summary>The body as it is forwarded.</summary>
    public EditedStream Output { get; }

    /// <summary>Begins, and waits until something can be forwarded: what is wrong up to there can still be told in an answer.</summary>
    /// <returns>The error for which nothing must be forwarded, or null.</returns>
    public async Task<RelayError?> BeginAsync(CancellationToken cancellationToken)
    {
        _running = Task.Run(RunAsync, CancellationToken.None);
        return await _begun.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Ends everything that is still under way, and gives the memory back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        await Output.DisposeAsync();
        _source.Dispose();
        _ending.Dispose();
    }

    private async Task RunAsync()
    {
        RelayError? error = null;
        try
        {
            await EditAsync(_ending.Token);
            await _pipe.Writer.CompleteAsync();
        }
        catch (Exception exception)
        {
            error = exception is BodyCutException cut ? cut.Error : _errorOf(exception);
            if (_begun.Task.IsCompleted && !_ending.IsCancellationRequested)
                _cut(error);
            await _pipe.Writer.CompleteAsync(new BodyCutException(error));
        }
        finally
        {
            _begun.TrySetResult(error);
        }
    }

    private async Task EditAsync(CancellationToken cancellationToken)
    {
        StreamedPart? part = await _source.ReadPartAsync(cancellationToken);
        while (part is not null)
            part = part.File is null ? await WriteAndReadAsync(part, cancellationToken) : await WriteWithFileAsync(part, part.File, cancellationToken);
        _parts.End();
    }

    /// <summary>Writes a part and the file behind it. Nothing is forwarded before the engine has accepted the file, so that what it says against it can still be told in an answer.</summary>
    private async Task<StreamedPart?> WriteWithFileAsync(StreamedPart part, StreamedFile file, CancellationToken cancellationToken)
    {
        using (part)
            await _parts.WriteAsync(part.Selection, _pipe.Writer, cancellationToken);
        await _files.StreamAsync(file, _source, _pipe.Writer, FlushAsync, cancellationToken);
        return await _source.ReadPartAsync(cancellationToken);
    }

    /// <summary>Writes a part while the next one is read.</summary>
    private async Task<StreamedPart?> WriteAndReadAsync(StreamedPart part, CancellationToken cancellationToken)
    {
        Task writing = WriteAsync(part, cancellationToken);
        StreamedPart? next = null;
        try
        {
            next = await _source.ReadPartAsync(cancellationToken);
            await writing;
            return next;
        }
        catch
        {
            next?.Dispose();
            await writing;
            throw;
        }
    }

    private async Task WriteAsync(StreamedPart part, CancellationToken cancellationToken)
    {
        using (part)
            await _parts.WriteAsync(part.Selection, _pipe.Writer, cancellationToken);
        await FlushAsync(cancellationToken);
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        ValueTask<FlushResult> flushed = _pipe.Writer.FlushAsync(cancellationToken);
        _begun.TrySetResult(null);
        if ((await flushed).IsCompleted)
            throw new OperationCanceledException("Nobody reads the body any more.");
    }
}
