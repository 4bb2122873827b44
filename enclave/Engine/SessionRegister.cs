using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Documents;

namespace E3.Relay.Enclave.Engine;

/// <summary>Open sessions by caller, so that no caller takes all of them, and applications never those of the helper.</summary>
internal sealed class SessionRegister
{
    private readonly Dictionary<ReadOnlyMemory<byte>, int> _byCaller = new(CallerKeyComparer.Instance);
    private int _applications;
    private int _count;

    /// <summary>Open sessions.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Counts a session in; false when the caller or its kind has too many.</summary>
    public bool TryEnter(Grant grant)
    {
        lock (_byCaller)
        {
            int own = _byCaller.GetValueOrDefault(grant.CallerKey);
            bool application = grant.Kind == CallerKind.Application;
            if (_count >= ProtocolLimits.SessionsMax || own >= ProtocolLimits.SessionsPerCallerMax || (application && _applications >= ProtocolLimits.ApplicationSessionsMax))
                return false;
            _byCaller[grant.CallerKey] = own + 1;
            _applications += application ? 1 : 0;
            _count++;
            return true;
        }
    }

    /// <summary>Counts a session out.</summary>
    public void Leave(Grant grant)
    {
        lock (_byCaller)
        {
            _applications -= grant.Kind == CallerKind.Application ? 1 : 0;
            _count--;
            if (--_byCaller[grant.CallerKey] == 0)
                _byCaller.Remove(grant.CallerKey);
        }
    }
}
