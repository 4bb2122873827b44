using E3.Relay.Enclave.Protocol;

namespace E3.Relay.Enclave.Host;

/// <summary>Connections that have not said Hello. There is room for a fixed number; one more cancels the oldest.</summary>
internal sealed class PendingConnections
{
    private readonly LinkedList<CancellationTokenSource> _places = new();

    /// <summary>Takes a place, until the result is disposed.</summary>
    public Place Enter(CancellationTokenSource connection)
    {
        lock (_places)
        {
            if (_places.Count >= ProtocolLimits.PendingMax)
            {
                // Whoever is in the list is not disposed yet; the cancelling itself happens elsewhere.
                _places.First!.Value.CancelAfter(TimeSpan.Zero);
                _places.RemoveFirst();
            }

            return new(this, _places.AddLast(connection));
        }
    }

    /// <summary>The place of one connection.</summary>
    public sealed class Place(PendingConnections pending, LinkedListNode<CancellationTokenSource> node) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose()
        {
            lock (pending._places)
            {
                if (node.List is not null)
                    pending._places.Remove(node);
            }
        }
    }
}
