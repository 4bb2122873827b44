using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Observability;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline.Streaming;

/// <summary>Has the engine seal and open files while they pass: the file goes to it as it comes, and comes back as the peer takes it.</summary>
internal sealed class StreamedFiles(RelayMetrics metrics, OperationTally tally, BufferBudget budget, string app, IFieldCipher cipher, MessageDirection direction)
{
    private const int WaitingBytesMax = 128 * 1024;

    /// <summary>What the session to the engine holds of one file, beside the pipes.</summary>
    private const int SessionBytes = 3 << 20;

    /// <summary>Moves a file through the engine.</summary>
    /// <param name="file">What is done to it.</param>
    /// <param name="source">Where its content comes from.</param>
    /// <param name="output">Where to write what becomes of it.</param>
    /// <param name="flush">Forwards what was written.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    /// <exception cref="BodyCutException">What was written is not all.</exception>
    public async Task StreamAsync(StreamedFile file, StreamedSource source, PipeWriter output, Func<CancellationToken, Task> flush, CancellationToken cancellationToken)
    {
        if (budget.IsSpent)
            throw new BodyCutException(RelayErrors.Busy);
        tally.Add(file.Operation);
        budget.Count(SessionBytes);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Pipe content = CreatePipe(), changed = CreatePipe();
        try
        {
            await RunTogetherAsync(
                stop,
                ReadAsync(source, content.Writer, stop.Token),
                TransformAsync(file, content.Reader, changed.Writer, stop.Token),
                WriteAsync(file, changed.Reader, output, flush, stop.Token));
        }
        finally
        {
            await content.Reader.CompleteAsync();
            await content.Writer.CompleteAsync();
            await changed.Reader.CompleteAsync();
            await changed.Writer.CompleteAsync();
            budget.Count(-SessionBytes);
        }

        metrics.Field(file.Operation, FieldResult.Done);
    }

    /// <summary>Waits for all. What fails stops the others, and is what is thrown.</summary>
    private static async Task RunTogetherAsync(CancellationTokenSource stop, params Task[] all)
    {
        ExceptionDispatchInfo? first = null;
        await Task.WhenAll(all.Select(GuardAsync));
        first?.Throw();

        async Task GuardAsync(Task work)
        {
            try
            {
                await work;
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref first, ExceptionDispatchInfo.Capture(exception), null);
                await stop.CancelAsync();
            }
        }
    }

    private static async Task ReadAsync(StreamedSource source, PipeWriter content, CancellationToken cancellationToken)
    {
        await source.ReadFileAsync(content, cancellationToken);
        await content.CompleteAsync();
    }

    private async Task TransformAsync(StreamedFile file, PipeReader content, PipeWriter changed, CancellationToken cancellationToken)
    {
        var group = new TransformGroup { Operation = FileTransformer.OperationOf(file.Operation), App = app, Role = file.Operation.Role, Context = file.Context };
        try
        {
            await cipher.StreamFileAsync(group, content, changed, cancellationToken);
        }
        catch (CipherException exception)
        {
            throw new BodyCutException(MessageEditor.Blame(ErrorOf(file.Operation, exception.Code), direction));
        }

        await changed.CompleteAsync();
    }

    private async Task WriteAsync(StreamedFile file, PipeReader changed, PipeWriter output, Func<CancellationToken, Task> flush, CancellationToken cancellationToken)
    {
        var guard = new BoundaryGuard(file.Boundary);
        while (true)
        {
            ReadResult read = await changed.ReadAsync(cancellationToken);
            foreach (ReadOnlyMemory<byte> piece in read.Buffer)
            {
                if (guard.Sees(piece.Span))
                    throw new BodyCutException(MessageEditor.ErrorOf(Ambiguous(file.Operation), direction));
                output.Write(piece.Span);
            }

            bool isAny = !read.Buffer.IsEmpty;
            changed.AdvanceTo(read.Buffer.End);
            if (isAny)
                await flush(cancellationToken);
            if (read.IsCompleted)
                return;
        }
    }

    // A file that does not open cannot stay as it is, whatever the rule says: it has been read.
    private static RelayError ErrorOf(FieldOperation operation, ErrorCode code) => code == ErrorCode.None
        ? EngineErrors.Of(code, null)
        : FileTransformer.Judge(operation, code) ?? RelayErrors.CannotDecrypt with { RuleId = operation.RuleId };

    private static Refusal Ambiguous(FieldOperation operation) => new(StatusCodes.Status400BadRequest, RefusalCode.AmbiguousMultipart, operation.RuleId);

    private Pipe CreatePipe() =>
        new(new PipeOptions(new ClearedPool(budget), pauseWriterThreshold: WaitingBytesMax, resumeWriterThreshold: WaitingBytesMax / 2, useSynchronizationContext: false));
}
