using System.Buffers;

namespace E3.Relay.Rules.Matching;

/// <summary>A list of numbers that stands on the stack as long as it is short.</summary>
internal ref struct IndexList(Span<int> initial)
{
    private Span<int> _items = initial;
    private int[]? _rented;

    internal int Count { get; private set; }

    internal readonly Span<int> Items => _items[..Count];

    internal void Add(int item)
    {
        if (Count == _items.Length)
            Grow();
        _items[Count++] = item;
    }

    internal void Clear() => Count = 0;

    private void Grow()
    {
        int[] rented = ArrayPool<int>.Shared.Rent(Math.Max(16, _items.Length * 2));
        Items.CopyTo(rented);
        Dispose();
        _items = _rented = rented;
    }

    public readonly void Dispose()
    {
        if (_rented is not null)
            ArrayPool<int>.Shared.Return(_rented);
    }
}
