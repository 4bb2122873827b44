using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;

namespace E3.Relay.Enclave.Client;

/// <summary>One caller's groups on their way through the queue.</summary>
internal sealed class TransformRequest : TaskCompletionSource<TransformResult[]>
{
    public TransformRequest(IReadOnlyList<TransformGroup> groups)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Groups = groups;
        foreach (TransformGroup group in groups)
        {
            if (!Names.IsValid(group.App) || !Names.IsValid(group.Role) || group.Context.Length > ProtocolLimits.ContextBytesMax)
                throw new EnclaveException(ErrorCode.LimitExceeded);
            Fields = checked(Fields + group.Items.Count);
            Bytes = checked(Bytes + group.EstimatedBytes);
        }

        if (groups.Count > ProtocolLimits.GroupsMax || Fields > ProtocolLimits.FieldsMax || Bytes > ProtocolLimits.FrameBytesMax - 1024)
            throw new EnclaveException(ErrorCode.LimitExceeded);
    }

    public IReadOnlyList<TransformGroup> Groups { get; }

    public int Fields { get; }

    public int Bytes { get; }
}
