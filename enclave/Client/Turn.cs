using System.Threading.Channels;

namespace E3.Relay.Enclave.Client;

/// <summary>One at a time, in the order of asking. Unlike a semaphore, it lets those go who wait when it is closed.</summary>
internal sealed class Turn
{
    // Whose turn it is has put something in.
    private readonly Channel<bool> _taken = Channel.CreateBounded<bool>(1);

    /// <summary>Waits for the turn; give it back with <see cref="Release"/>.</summary>
    /// <exception cref="EnclaveUnavailableException">It is closed.</exception>
    public async ValueTask TakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _taken.Writer.WriteAsync(true, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            throw new EnclaveUnavailableException("the client or its session is closed", e);
        }
    }

    /// <summary>Lets the next one in.</summary>
    public void Release() => _taken.Reader.TryRead(out _);

    /// <summary>Lets nobody in any more. Whose turn it is closes it.</summary>
    public void Close() => _taken.Writer.Complete();
}
