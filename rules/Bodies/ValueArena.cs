using System.Buffers;

namespace E3.Relay.Rules.Bodies;

/// <summary>Memory for decoded values, cleared when it is given back: the values are plaintext.</summary>
internal sealed class ValueArena : IDisposable
{
    private const int ChunkBytesMin = 1024;

    private readonly List<byte[]> _chunks = [];
    private int _used;

    /// <summary>Where the memory is counted; set it while nothing is taken.</summary>
    internal IWorkingMemory? Memory { get; set; }

    /// <summary>Memory of just this many bytes, good until the arena is disposed of.</summary>
    internal Memory<byte> Take(int bytes)
    {
        if (_chunks.Count == 0 || _chunks[^1].Length - _used < bytes)
        {
            _chunks.Add(ArrayPool<byte>.Shared.Rent(Math.Max(bytes, ChunkBytesMin)));
            _used = 0;
            Memory?.Count(_chunks[^1].Length);
        }

        Memory<byte> taken = _chunks[^1].AsMemory(_used, bytes);
        _used += bytes;
        return taken;
    }

    /// <summary>Gives back the end of what was taken last.</summary>
    internal void GiveBack(int bytes) => _used -= bytes;

    public void Dispose()
    {
        foreach (byte[] chunk in _chunks)
        {
            Memory?.Count(-chunk.Length);
            ArrayPool<byte>.Shared.Return(chunk, clearArray: true);
        }

        _chunks.Clear();
        _used = 0;
    }
}
