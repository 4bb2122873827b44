namespace E3.Relay.Samples.Echo;

/// <summary>The last bodies, in memory only.</summary>
internal sealed class BodyStore
{
    /// <summary>How many bodies are kept; the oldest goes first.</summary>
    public const int BodiesMax = 100;

    /// <summary>The largest body in bytes; a larger one is refused with 413.</summary>
    public const int BodyBytesMax = 2 * 1024 * 1024;

    private readonly LinkedList<StoredBody> _newestFirst = [];
    private readonly Lock _lock = new();

    /// <summary>Keeps a body.</summary>
    public void Add(StoredBody body)
    {
        lock (_lock)
        {
            _newestFirst.AddFirst(body);
            if (_newestFirst.Count > BodiesMax)
                _newestFirst.RemoveLast();
        }
    }

    /// <summary>The bodies kept, newest first.</summary>
    public IReadOnlyList<StoredBody> All()
    {
        lock (_lock)
            return [.. _newestFirst];
    }

    /// <summary>The newest body sent to a path, or null.</summary>
    public StoredBody? Last(string path)
    {
        lock (_lock)
            return _newestFirst.FirstOrDefault(body => body.Path == path);
    }
}
