using System.Numerics;

namespace E3.Relay.Rules.Bodies;

/// <summary>What is known of the field that is being read. Places are counted from the beginning of the form.</summary>
internal struct FormField(int start)
{
    private const int None = int.MaxValue;

    /// <summary>Where it starts.</summary>
    internal readonly int Start => start;

    internal readonly bool HasOdd => FirstOdd != None;

    internal readonly bool HasEquals => EqualsAt != None;

    /// <summary>Where its first equals sign is.</summary>
    internal int EqualsAt { get; private set; } = None;

    /// <summary>Where its first odd byte is; behind everything when there is none.</summary>
    internal int FirstOdd { get; private set; } = None;

    /// <summary>Where its last odd byte is; before everything when there is none.</summary>
    internal int LastOdd { get; private set; } = -1;

    /// <summary>Takes in the field's part of a block.</summary>
    /// <param name="equals">Its equals signs, as a <see cref="FormBlock"/> has them.</param>
    /// <param name="odd">Its odd bytes.</param>
    /// <param name="at">Where the block begins.</param>
    internal void Note(ulong equals, ulong odd, int at)
    {
        if (equals != 0 && !HasEquals)
            EqualsAt = at + BitOperations.TrailingZeroCount(equals);
        if (odd == 0)
            return;
        FirstOdd = Math.Min(FirstOdd, at + BitOperations.TrailingZeroCount(odd));
        LastOdd = at + BitOperations.Log2(odd);
    }
}
