using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Enclave.Engine;

/// <summary>
/// Counts the tokens of one frame that did not open. A forged token costs several times a good one, so when there were too many in the frame, or in the caller's minute, the next
/// failure of a group ends that group. Groups without a failure are the requests of others, and are answered whole.
/// </summary>
internal sealed class FrameFailures(FailureMeter meter, Grant grant)
{
    /// <summary>Failures so far.</summary>
    public int Count { get; private set; }

    /// <summary>True when there were too many.</summary>
    public bool IsSpent { get; private set; }

    /// <summary>Counts a failure and returns its code.</summary>
    public ErrorCode Add()
    {
        bool few = meter.Failed(grant);
        Count++;
        IsSpent = !few || Count >= ProtocolLimits.FailedOpensPerFrameMax;
        return few ? ErrorCode.TokenRejected : ErrorCode.LimitExceeded;
    }
}
