using System.Text;
using CsCheck;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Tests.Xml;

public sealed class XmlCursorTests
{
    private static readonly Gen<byte> Any = Gen.OneOf(Gen.Byte, Gen.Int[0, 14].Select(index => "<>\"/:=? \t\r\nabc;"u8[index]));

    /// <summary>Places are asked for forwards and backwards, so that blocks are left and come back.</summary>
    [Fact]
    public void Next_FromAnyPlace_IsWhatALoopFinds() => Gen.Select(Any.Array[0, 400], Gen.Int[0, 400].Array[1, 20]).Sample((bytes, places) =>
    {
        XmlCursor cursor = new(bytes);
        foreach (int place in places)
        {
            int at = Math.Min(place, bytes.Length);
            Assert.Equal(Next(bytes, at, static value => value <= ' ' || value == '/' || value is >= (byte)':' and <= (byte)'?'), cursor.NextNameEnd(at));
            Assert.Equal(Next(bytes, at, static value => value == '<'), cursor.NextTag(at));
            Assert.Equal(Next(bytes, at, static value => value == '"'), cursor.NextQuote(at));
        }
    }, iter: 3000);

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(200)]
    public void Next_WhereThereIsNone_IsTheEnd(int length)
    {
        byte[] name = Encoding.ASCII.GetBytes(new string('a', length));
        XmlCursor cursor = new(name);
        Assert.Equal((length, length, length), (cursor.NextNameEnd(0), cursor.NextTag(0), cursor.NextQuote(length)));
    }

    private static int Next(byte[] bytes, int at, Predicate<byte> isIt) => Array.FindIndex(bytes, at, isIt) is >= 0 and int index ? index : bytes.Length;
}
