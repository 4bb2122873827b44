using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace E3.Relay.Rules.Bodies;

/// <summary>One array or object and everything in it, in the order of the body. It holds places and no data.</summary>
internal sealed class JsonTape
{
    private const int NodesMin = 256;

    private JsonTapeNode[] _nodes = [];

    /// <summary>Where its memory is counted; set it while there is none.</summary>
    internal IWorkingMemory? Memory { get; set; }

    /// <summary>The number of values; node 0 is the array or object itself.</summary>
    internal int Count { get; private set; }

    internal ref JsonTapeNode this[int node] => ref _nodes[node];

    /// <summary>Reads an array or object at whose first token the reader stands.</summary>
    /// <returns>False when its end is not there yet.</returns>
    internal bool TryRead(ref Utf8JsonReader reader)
    {
        Count = 0;
        int open = -1, nameStart = 0, nameLength = 0;
        bool isNameEscaped = false;
        do
        {
            JsonTokenType kind = reader.TokenType;
            switch (kind)
            {
                case JsonTokenType.PropertyName:
                    (nameStart, nameLength, isNameEscaped) = ((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length, reader.ValueIsEscaped);
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    // While a value is open, its parent stands in the place of what comes after it.
                    int parent = _nodes[open].Next;
                    _nodes[open].Next = Count;
                    open = parent;
                    continue;
            }

            bool isContainer = kind is JsonTokenType.StartObject or JsonTokenType.StartArray;
            if (open >= 0)
                _nodes[open].Count++;
            ref JsonTapeNode node = ref Add();
            node = new JsonTapeNode
            {
                Kind = kind,
                IsEscaped = reader.ValueIsEscaped,
                IsNameEscaped = isNameEscaped,
                Start = (int)reader.TokenStartIndex + (kind == JsonTokenType.String ? 1 : 0),
                Length = isContainer ? 0 : reader.ValueSpan.Length,
                NameStart = nameStart,
                NameLength = nameLength,
                Next = isContainer ? open : Count,
            };
            if (isContainer)
                open = Count - 1;
        }
        while (open >= 0 && reader.Read());
        return open < 0;
    }

    private ref JsonTapeNode Add()
    {
        if (Count == _nodes.Length)
        {
            JsonTapeNode[] larger = ArrayPool<JsonTapeNode>.Shared.Rent(Math.Max(NodesMin, Count * 2));
            _nodes.CopyTo(larger, 0);
            Release();
            _nodes = larger;
            Memory?.Count(Bytes);
        }

        return ref _nodes[Count++];
    }

    /// <summary>Gives its memory back.</summary>
    internal void Release()
    {
        Memory?.Count(-Bytes);
        if (_nodes.Length > 0)
            ArrayPool<JsonTapeNode>.Shared.Return(_nodes);
        _nodes = [];
    }

    private long Bytes => (long)_nodes.Length * Unsafe.SizeOf<JsonTapeNode>();
}
