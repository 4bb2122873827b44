using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace E3.Relay.Rules.Bodies;

/// <summary>What stands where in 64 bytes of a form: one bit for each byte, the first the lowest.</summary>
internal readonly ref struct FormBlock
{
    internal const int Bytes = 64;

    // Of the printable characters only those below the hyphen and the four from [ to ^ are odd, and & is not: escapes, pluses, spaces and brackets are among them.
    private const sbyte OddBelow = (sbyte)'-';
    private const byte OddFrom = (byte)'[', OddTo = (byte)'^';

    /// <summary>Judges 64 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal FormBlock(ReadOnlySpan<byte> block)
    {
        Vector512<byte> bytes = Vector512.Create(block);
        Vector512<byte> isEnd = Vector512.Equals(bytes, Vector512.Create((byte)'&'));
        // What is not ASCII is below zero.
        Vector512<byte> isLow = Vector512.LessThan(bytes.AsSByte(), Vector512.Create(OddBelow)).AsByte();
        Vector512<byte> isBracket = Vector512.LessThanOrEqual(bytes - Vector512.Create(OddFrom), Vector512.Create((byte)(OddTo - OddFrom)));
        Ends = isEnd.ExtractMostSignificantBits();
        Equals = Vector512.Equals(bytes, Vector512.Create((byte)'=')).ExtractMostSignificantBits();
        Odd = Vector512.AndNot(isLow | isBracket, isEnd).ExtractMostSignificantBits();
    }

    /// <summary>Where fields end.</summary>
    internal ulong Ends { get; }

    /// <summary>Where equals signs stand.</summary>
    internal new ulong Equals { get; }

    /// <summary>Where bytes stand with which a name or a value may be another than it is spelled: escapes, brackets, what is not ASCII, and some that are harmless.</summary>
    internal ulong Odd { get; }
}
