using System.Numerics;
using System.Runtime.CompilerServices;

namespace E3.Relay.Rules.Xml;

/// <summary>Finds what stands next in a document. Of the 64 bytes around the last place it knows all at once, as tags and their parts are short.</summary>
internal ref struct XmlCursor
{
    private readonly ReadOnlySpan<byte> _xml;
    private int _blockStart = -XmlBlock.Bytes;
    private ulong _nameEnds, _tags, _quotes;

    internal XmlCursor(ReadOnlySpan<byte> xml) => _xml = xml;

    /// <summary>The next byte at which a name ends, from this one on; the end of the document when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int NextNameEnd(int at)
    {
        Look(at);
        ulong ends = _nameEnds >> at;
        return ends != 0 ? at + BitOperations.TrailingZeroCount(ends) : NextNameEndBeyond(at);
    }

    /// <summary>The next <c>&lt;</c>, from this byte on; the end of the document when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int NextTag(int at)
    {
        Look(at);
        ulong tags = _tags >> at;
        return tags != 0 ? at + BitOperations.TrailingZeroCount(tags) : NextBeyond(at, (byte)'<');
    }

    /// <summary>The next <c>"</c>, from this byte on; the end of the document when there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int NextQuote(int at)
    {
        Look(at);
        ulong quotes = _quotes >> at;
        return quotes != 0 ? at + BitOperations.TrailingZeroCount(quotes) : NextBeyond(at, (byte)'"');
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Look(int at)
    {
        int start = at & -XmlBlock.Bytes;
        if (start != _blockStart)
            Load(start);
    }

    /// <summary>The document is followed by NUL, which ends names and is no tag: so every name ends.</summary>
    private void Load(int start)
    {
        ReadOnlySpan<byte> rest = _xml[start..];
        if (rest.Length < XmlBlock.Bytes)
        {
            Span<byte> last = stackalloc byte[XmlBlock.Bytes];
            last.Clear();
            rest.CopyTo(last);
            Take(start, new XmlBlock(last));
            return;
        }

        Take(start, new XmlBlock(rest));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Take(int start, scoped XmlBlock block) => (_blockStart, _nameEnds, _tags, _quotes) = (start, block.NameEnds, block.Tags, block.Quotes);

    private int NextNameEndBeyond(int at)
    {
        do
        {
            at = (at & -XmlBlock.Bytes) + XmlBlock.Bytes;
            Load(at);
        }
        while (_nameEnds == 0);
        return at + BitOperations.TrailingZeroCount(_nameEnds);
    }

    private readonly int NextBeyond(int at, byte value)
    {
        int start = (at & -XmlBlock.Bytes) + XmlBlock.Bytes;
        int next = start < _xml.Length ? _xml[start..].IndexOf(value) : -1;
        return next < 0 ? _xml.Length : start + next;
    }
}
