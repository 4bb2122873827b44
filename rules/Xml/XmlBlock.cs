using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace E3.Relay.Rules.Xml;

/// <summary>What stands where in 64 bytes of a document: one bit for each byte, the first the lowest.</summary>
internal readonly ref struct XmlBlock
{
    internal const int Bytes = 64;

    // In ASCII nothing from : to ? and nothing up to the space stands in a name, but for the colon between its parts.
    private const byte EndFrom = (byte)':', EndTo = (byte)'?';

    /// <summary>Judges 64 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal XmlBlock(scoped ReadOnlySpan<byte> block)
    {
        Vector512<byte> bytes = Vector512.Create(block);
        Vector512<byte> isMark = Vector512.LessThanOrEqual(bytes - Vector512.Create(EndFrom), Vector512.Create((byte)(EndTo - EndFrom)));
        Vector512<byte> isLow = Vector512.LessThanOrEqual(bytes, Vector512.Create((byte)' ')) | Vector512.Equals(bytes, Vector512.Create((byte)'/'));
        NameEnds = (isMark | isLow).ExtractMostSignificantBits();
        Tags = Vector512.Equals(bytes, Vector512.Create((byte)'<')).ExtractMostSignificantBits();
        Quotes = Vector512.Equals(bytes, Vector512.Create((byte)'"')).ExtractMostSignificantBits();
    }

    /// <summary>Where bytes stand at which a name ends, the colon after its prefix among them.</summary>
    internal ulong NameEnds { get; }

    /// <summary>Where <c>&lt;</c> stands.</summary>
    internal ulong Tags { get; }

    /// <summary>Where <c>"</c> stands.</summary>
    internal ulong Quotes { get; }
}
