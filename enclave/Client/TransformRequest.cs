using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.Tokens;

namespace E3.Relay.Enclave.Client;

/// <summary>
/// One caller's groups on their way through the queue. The groups refer to memory of the caller's, so the caller is not answered, cancelled or not, while they are being written.
/// </summary>
internal sealed class TransformRequest : TaskCompletionSource<TransformResult[]>
{
    private readonly Lock _lock = new();
    private CancellationToken _cancelled;
    private bool _isWriting;
    private int _retries;

    /// <exception cref="EnclaveException">A limit of the protocol is exceeded: nothing is queued, so nobody else's frame is refused for it.</exception>
    /// <param name="groups">What is asked.</param>
    /// <param name="startedAt">When, as a timestamp of the client's time.</param>
    public TransformRequest(IReadOnlyList<TransformGroup> groups, long startedAt)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Groups = groups;
        StartedAt = startedAt;
        foreach (TransformGroup group in groups)
        {
            if (!IsWithinLimits(group))
                throw new EnclaveException(ErrorCode.LimitExceeded);
            Fields = checked(Fields + group.Items.Count);
            Bytes = checked(Bytes + group.EstimatedBytes);
        }

        if (groups.Count > ProtocolLimits.GroupsMax || Fields > ProtocolLimits.FieldsMax || Bytes > ProtocolLimits.FrameBytesMax - 1024)
            throw new EnclaveException(ErrorCode.LimitExceeded);
    }

    public IReadOnlyList<TransformGroup> Groups { get; }

    public long StartedAt { get; }

    public int Fields { get; }

    public int Bytes { get; }

    /// <summary>Takes the request for writing, also again; false when its caller is gone.</summary>
    public bool TryStartWriting()
    {
        lock (_lock)
            return _isWriting = !Task.IsCompleted;
    }

    /// <summary>The groups are written: their memory is not looked at again, and a caller who has cancelled meanwhile is let go.</summary>
    public void EndWriting()
    {
        lock (_lock)
        {
            _isWriting = false;
            if (_cancelled.IsCancellationRequested)
                TrySetCanceled(_cancelled);
        }
    }

    /// <summary>
    /// True for a request under which a session broke and whose caller still waits: once, and a second time while it is young, for sessions break one after the other when an engine ends. All operations may be
    /// repeated, but one that ends engines should not end many.
    /// </summary>
    /// <param name="isYoung">It has not waited for long.</param>
    public bool MayRetry(bool isYoung)
    {
        lock (_lock)
        {
            _retries++;
            return (_retries == 1 || (_retries == 2 && isYoung)) && !Task.IsCompleted;
        }
    }

    /// <summary>The caller cancels.</summary>
    public void Cancel(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _cancelled = cancellationToken;
            if (!_isWriting)
                TrySetCanceled(cancellationToken);
        }
    }

    private static bool IsWithinLimits(TransformGroup group)
    {
        if (!Names.IsValid(group.App) || !Names.IsValid(group.Role) || group.Context.Length > ProtocolLimits.ContextBytesMax)
            return false;
        for (int i = 0; i < group.Items.Count; i++)
        {
            if (group.Items[i].Value.Length > TokenGrammar.CharactersMax)
                return false;
        }

        return true;
    }
}
