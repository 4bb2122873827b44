namespace E3.Relay.Rules.Selectors;

/// <summary>An array slice (RFC 9535, section 2.3.4).</summary>
/// <param name="Start">First index; null when it is left out, negative when it counts from the end.</param>
/// <param name="End">The index that is no longer in it, likewise.</param>
/// <param name="Step">From index to index; negative goes backwards, 0 selects nothing.</param>
internal readonly record struct JsonPathSlice(long? Start, long? End, long Step)
{
    /// <summary>Whether an element's own index decides, whatever the length of the array.</summary>
    internal bool IsForward => Step == 0 || (Step > 0 && Start is null or >= 0 && End is null or >= 0);

    /// <summary>Whether no array has an element in it. Only slices that go forward are judged.</summary>
    internal bool IsEmpty => Step == 0 || (IsForward && End is { } end && end <= (Start ?? 0));

    /// <summary>Whether a slice that goes forward has an index in it.</summary>
    internal bool Contains(long index)
    {
        long start = Start ?? 0;
        return Step > 0 && index >= start && index < (End ?? long.MaxValue) && (index - start) % Step == 0;
    }

    /// <summary>Whether an index of an array is in it.</summary>
    /// <param name="index">The index, from 0.</param>
    /// <param name="count">The length of the array.</param>
    internal bool Contains(long index, long count)
    {
        if (Step == 0)
            return false;
        if (Step > 0)
        {
            long lower = Math.Clamp(Normalize(Start ?? 0, count), 0, count), upper = Math.Clamp(Normalize(End ?? count, count), 0, count);
            return index >= lower && index < upper && (index - lower) % Step == 0;
        }

        long first = Math.Clamp(Normalize(Start ?? (count - 1), count), -1, count - 1);
        long last = Math.Clamp(End is { } end ? Normalize(end, count) : -1, -1, count - 1);
        return index <= first && index > last && (first - index) % -Step == 0;
    }

    /// <summary>Whether two slices that go forward have an index in common. Of the others nothing is said.</summary>
    internal bool Meets(JsonPathSlice other)
    {
        if (!IsForward || !other.IsForward || IsEmpty || other.IsEmpty)
            return false;
        Int128 first = Start ?? 0, second = other.Start ?? 0, step = Step, otherStep = other.Step;
        // Solves first + n * step = second (mod otherStep) by the extended Euclidean algorithm.
        (Int128 divisor, Int128 inverse) = Euclid(step, otherStep);
        if ((second - first) % divisor != 0)
            return false;
        Int128 modulus = otherStep / divisor;
        Int128 n = (second - first) / divisor % modulus * (inverse % modulus) % modulus;
        Int128 common = first + ((n + modulus) % modulus * step), period = step * modulus, least = Int128.Max(first, second);
        if (common < least)
            common += (least - common + period - 1) / period * period;
        return common < Int128.Min(End ?? long.MaxValue, other.End ?? long.MaxValue);
    }

    /// <summary>The greatest common divisor of two positive numbers, and what to multiply the first with to get it modulo the second.</summary>
    private static (Int128 Divisor, Int128 Factor) Euclid(Int128 a, Int128 b)
    {
        (Int128 factor, Int128 next) = (1, 0);
        while (b != 0)
            (a, b, factor, next) = (b, a % b, next, factor - (a / b * next));
        return (a, factor);
    }

    private static long Normalize(long bound, long count) => bound >= 0 ? bound : count + bound;
}
