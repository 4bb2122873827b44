using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Configuration;
using E3.Relay.Proxy.Observability;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline.Streaming;

/// <summary>Makes bodies that are changed while they pass.</summary>
internal sealed class StreamedBodies(
    FieldTransformer transformer, LimitOptions limits, RuleLimits ruleLimits, BufferBudget budget, RelayMetrics metrics, ILogger<StreamedBodies> logger)
{
    /// <summary>The largest body, in bytes.</summary>
    public long BytesMax => limits.StreamedBodyBytesMax;

    /// <summary>What reads a body in parts; null where it can only be read whole.</summary>
    public BodyStream? Open(BodyPlan plan) => plan.OpenStream(ruleLimits, EngineTokenGrammar.Instance);

    /// <summary>What counts the operations on one message.</summary>
    public OperationTally CreateTally() => new(metrics);

    /// <summary>Makes a body; it begins when it is told to.</summary>
    /// <param name="planned">The request. It keeps the body until it has ended.</param>
    /// <param name="scan">Finds the selected values. Belongs to the body.</param>
    /// <param name="stream">What was not read yet.</param>
    /// <param name="held">What was read before. Belongs to the body.</param>
    /// <param name="tally">Counts the operations.</param>
    /// <param name="cipher">The engine under the identity for this direction.</param>
    /// <param name="direction">Decides who is to blame.</param>
    /// <param name="errorOf">The error for what the stream throws; null for what is no fault of it.</param>
    /// <param name="cut">Is told why the body is cut off.</param>
    /// <param name="requestAborted">Ends with the request.</param>
    public StreamedBody Create(
        PlannedRequest planned, BodyStream scan, Stream stream, PooledBuffer held, OperationTally tally, IFieldCipher cipher, MessageDirection direction,
        Func<Exception, RelayError?> errorOf, Action<RelayError> cut, CancellationToken requestAborted)
    {
        var source = new StreamedSource(stream, held, scan, budget, BytesMax, direction);
        var parts = new StreamedParts(transformer, tally, planned.Rules.App, cipher, direction);
        var files = new StreamedFiles(metrics, tally, budget, planned.Rules.App, cipher, direction);
        var body = new StreamedBody(source, parts, files, budget, exception => errorOf(exception) ?? Failed(exception), cut, requestAborted);
        planned.Run(body);
        return body;
    }

    // Where the request has ended nobody is told.
    private RelayError Failed(Exception exception)
    {
        if (exception is not OperationCanceledException)
            logger.RelayFailed(exception.GetType().Name);
        return RelayErrors.RelayFailed;
    }
}
