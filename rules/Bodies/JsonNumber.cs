using System.Globalization;
using System.Numerics;
using System.Text;

namespace E3.Relay.Rules.Bodies;

/// <summary>Compares numbers by their decimal texts, exactly: 1, 1.0 and 1e0 are equal, and 1e400 is less than 1e401.</summary>
internal static class JsonNumber
{
    private const int ExponentDigitsMax = 1000;

    /// <summary>Compares two numbers that follow JSON's grammar.</summary>
    /// <param name="left">The first.</param>
    /// <param name="right">The second.</param>
    /// <param name="order">Less than, equal to or greater than zero as the first is to the second.</param>
    /// <returns>False when an exponent has more than 1000 digits.</returns>
    internal static bool TryCompare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, out int order)
    {
        Parts first = Split(left), second = Split(right);
        order = first.Sign.CompareTo(second.Sign);
        if (order != 0 || first.Sign == 0)
            return true;
        if (first.Exponent.Length > ExponentDigitsMax || second.Exponent.Length > ExponentDigitsMax)
            return false;
        order = CompareMagnitudes(first, second) * first.Sign;
        return true;
    }

    private static int CompareMagnitudes(in Parts first, in Parts second)
    {
        int order = first.Magnitude().CompareTo(second.Magnitude());
        return order != 0 ? Math.Sign(order) : CompareDigits(first, second);
    }

    private static int CompareDigits(in Parts first, in Parts second)
    {
        int length = Math.Max(first.DigitCount, second.DigitCount);
        for (int i = 0; i < length; i++)
        {
            int order = first.Digit(i) - second.Digit(i);
            if (order != 0)
                return Math.Sign(order);
        }

        return 0;
    }

    private static Parts Split(ReadOnlySpan<byte> text)
    {
        bool isNegative = text[0] == '-';
        if (isNegative)
            text = text[1..];
        int e = text.IndexOfAny((byte)'e', (byte)'E');
        ReadOnlySpan<byte> exponent = e < 0 ? default : text[(e + 1)..], digits = e < 0 ? text : text[..e];
        bool isExponentNegative = exponent is [(byte)'-', ..];
        exponent = exponent.TrimStart("+-"u8).TrimStart((byte)'0');
        int point = digits.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = (point < 0 ? digits : digits[..point]).TrimStart((byte)'0');
        ReadOnlySpan<byte> fraction = (point < 0 ? default : digits[(point + 1)..]).TrimEnd((byte)'0');
        // What stands before the first digit that counts moves the point.
        ReadOnlySpan<byte> significant = whole.IsEmpty ? fraction.TrimStart((byte)'0') : fraction;
        int shift = whole.IsEmpty ? significant.Length - fraction.Length : whole.Length;
        return new Parts
        {
            Sign = whole.IsEmpty && significant.IsEmpty ? 0 : isNegative ? -1 : 1,
            Whole = whole,
            Fraction = significant,
            Exponent = exponent,
            IsExponentNegative = isExponentNegative,
            Shift = shift,
        };
    }

    /// <summary>A number as 0.DIGITS times a power of ten.</summary>
    private readonly ref struct Parts
    {
        internal int Sign { get; init; }

        internal ReadOnlySpan<byte> Whole { get; init; }

        internal ReadOnlySpan<byte> Fraction { get; init; }

        internal ReadOnlySpan<byte> Exponent { get; init; }

        internal bool IsExponentNegative { get; init; }

        internal int Shift { get; init; }

        internal int DigitCount => Whole.Length + Fraction.Length;

        internal int Digit(int index) => index < Whole.Length ? Whole[index] - '0' : index < DigitCount ? Fraction[index - Whole.Length] - '0' : 0;

        internal BigInteger Magnitude()
        {
            BigInteger exponent = Exponent.IsEmpty ? BigInteger.Zero : BigInteger.Parse(Encoding.ASCII.GetString(Exponent), NumberStyles.None, CultureInfo.InvariantCulture);
            return (IsExponentNegative ? -exponent : exponent) + Shift;
        }
    }
}
