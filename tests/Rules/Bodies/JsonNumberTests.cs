using System.Globalization;
using System.Numerics;
using System.Text;
using CsCheck;
using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Tests.Bodies;

public sealed class JsonNumberTests
{
    private static readonly Gen<string> Digits = Gen.Char["0012359"].Array[1, 6].Select(digits => new string(digits));

    private static readonly Gen<string> Number = Gen.Select(Gen.Bool, Digits, Digits, Gen.Int[-8, 8], Gen.Int[0, 3]).Select((negative, whole, fraction, exponent, form) =>
        (negative ? "-" : "") + BigInteger.Parse(whole, CultureInfo.InvariantCulture) + (form % 2 == 1 ? "." + fraction : "") + (form > 1 ? string.Create(CultureInfo.InvariantCulture, $"e{exponent:+0;-00;0}") : ""));

    [Theory]
    [InlineData("1", "1.0", 0)]
    [InlineData("1", "1e0", 0)]
    [InlineData("100", "1E+2", 0)]
    [InlineData("0.001", "1e-3", 0)]
    [InlineData("10.50", "1050e-2", 0)]
    [InlineData("0", "-0.00e99", 0)]
    [InlineData("-0", "0e99999999999999999999", 0)]
    [InlineData("1e400", "1e401", -1)]
    [InlineData("1e400", "1e0400", 0)]
    [InlineData("1e-400", "0", 1)]
    [InlineData("-1e400", "-1e401", 1)]
    [InlineData("-2", "1", -1)]
    [InlineData("9007199254740993", "9007199254740992", 1)]
    [InlineData("12345678901234567890", "12345678901234567891", -1)]
    [InlineData("0.1", "0.10000000000000000000000000001", -1)]
    [InlineData("1e99999999999999999999", "1e99999999999999999998", 1)]
    [InlineData("1e99999999999999999999", "10e99999999999999999998", 0)]
    [InlineData("1e-99999999999999999999", "1", -1)]
    public void TryCompare_Texts_AreComparedExactly(string left, string right, int expected)
    {
        Assert.Equal(expected, Compare(left, right));
        Assert.Equal(-expected, Compare(right, left));
    }

    [Fact]
    public void TryCompare_Numbers_AgreesWithFractions() => Gen.Select(Number, Number).Sample((left, right) => Compare(left, right) == Scaled(left).CompareTo(Scaled(right)));

    [Fact]
    public void TryCompare_ExponentOfThousands_IsRefused() =>
        Assert.False(JsonNumber.TryCompare(Encoding.ASCII.GetBytes("1e1" + new string('0', 1000)), "1"u8, out _));

    private static int Compare(string left, string right)
    {
        Assert.True(JsonNumber.TryCompare(Encoding.ASCII.GetBytes(left), Encoding.ASCII.GetBytes(right), out int order));
        return order;
    }

    /// <summary>The number times 10^20.</summary>
    private static BigInteger Scaled(string number)
    {
        string[] parts = number.Split('e');
        int exponent = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0, point = parts[0].IndexOf('.', StringComparison.Ordinal);
        int decimals = point < 0 ? 0 : parts[0].Length - point - 1;
        return BigInteger.Parse(parts[0].Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * BigInteger.Pow(10, 20 + exponent - decimals);
    }
}
