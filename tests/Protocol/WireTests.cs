using System.Text;
using CsCheck;
using MessagePack;

namespace E3.Relay.Enclave.Protocol.Tests;

public sealed class WireTests
{
    private const int Max = 4;

    [Fact]
    public void TryRead_OfExactlyOneMessage_IsTrue()
    {
        Assert.True(Wire.TryRead(new byte[] { 7 }, ReadByte, out byte value));
        Assert.Equal(7, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0700")]
    [InlineData("C0")]
    [InlineData("A137")]
    [InlineData("CD0100")]
    [InlineData("FF")]
    [InlineData("CB3FF0000000000000")]
    public void TryRead_OfAnythingElse_IsFalse(string hex) => Assert.False(Wire.TryRead(Convert.FromHexString(hex), ReadByte, out _));

    [Theory]
    [InlineData("9101", false)]
    [InlineData("920102", true)]
    [InlineData("93010203", false)]
    [InlineData("DC00020102", true)]
    [InlineData("DD7FFFFFFF", false)]
    [InlineData("DDFFFFFFFF", false)]
    [InlineData("820102", false)]
    [InlineData("C0", false)]
    public void ReadArray_TakesItsCountAlone(string hex, bool expected) => Assert.Equal(expected, Wire.TryRead(Convert.FromHexString(hex), ReadTwo, out _));

    [Theory]
    [InlineData("90", true)]
    [InlineData("9401020304", true)]
    [InlineData("950102030405", false)]
    [InlineData("DDFFFFFFFF", false)]
    [InlineData("DD7FFFFFFF", false)]
    public void ReadArrayUpTo_TakesItsMaximum(string hex, bool expected) => Assert.Equal(expected, Wire.TryRead(Convert.FromHexString(hex), ReadUpToMax, out _));

    [Theory]
    [InlineData("C400", true)]
    [InlineData("C40401020304", true)]
    [InlineData("C4050102030405", false)]
    [InlineData("C403010203", true)]
    [InlineData("C4030102", false)]
    [InlineData("C6FFFFFFFF", false)]
    [InlineData("C67FFFFFFF", false)]
    [InlineData("C0", false)]
    [InlineData("9401020304", false)]
    public void ReadBytes_TakesItsMaximum(string hex, bool expected) =>
        Assert.Equal(expected, Wire.TryRead(Convert.FromHexString(hex), static (ref MessagePackReader reader) => Wire.ReadBytes(ref reader, Max), out _));

    [Theory]
    [InlineData("C403010203", false)]
    [InlineData("C40401020304", true)]
    [InlineData("C4050102030405", false)]
    public void ReadExactly_TakesItsLengthAlone(string hex, bool expected) =>
        Assert.Equal(expected, Wire.TryRead(Convert.FromHexString(hex), static (ref MessagePackReader reader) => Wire.ReadExactly(ref reader, Max), out _));

    [Fact]
    public void ReadBytes_DoesNotCopy()
    {
        byte[] bytes = [0xC4, 2, 1, 2];
        Assert.True(Wire.TryRead(bytes, static (ref MessagePackReader reader) => Wire.ReadBytes(ref reader, Max), out ReadOnlyMemory<byte> value));
        bytes[2] = 9;
        Assert.Equal(9, value.Span[0]);
    }

    [Theory]
    [InlineData("A461FF6162", false)]
    [InlineData("A461006162", false)]
    [InlineData("A3616263", true)]
    [InlineData("A0", false)]
    [InlineData("C0", false)]
    [InlineData("C403616263", false)]
    public void ReadName_TakesNamesAlone(string hex, bool expected) => Assert.Equal(expected, Wire.TryRead(Convert.FromHexString(hex), Wire.ReadName, out _));

    [Fact]
    public void ReadName_OfOneHugeText_IsRefused() =>
        Assert.False(Wire.TryRead(Wire.Write((ref MessagePackWriter writer) => writer.WriteString(Encoding.ASCII.GetBytes(new string('a', 100_000)))), Wire.ReadName, out _));

    [Fact]
    public void TryRead_OfRandomBytes_NeverThrows() => Gen.Byte.Array[0, 60].Sample(
        bytes =>
        {
            Wire.TryRead(bytes, ReadByte, out _);
            Wire.TryRead(bytes, ReadTwo, out _);
            Wire.TryRead(bytes, ReadUpToMax, out _);
            Wire.TryRead(bytes, Wire.ReadName, out _);
            Wire.TryRead(bytes, static (ref MessagePackReader reader) => Wire.ReadExactly(ref reader, Max), out _);
        },
        iter: 5000);

    private static byte ReadByte(ref MessagePackReader reader) => reader.ReadByte();

    private static byte ReadTwo(ref MessagePackReader reader)
    {
        Wire.ReadArray(ref reader, 2);
        return (byte)(reader.ReadByte() + reader.ReadByte());
    }

    private static int ReadUpToMax(ref MessagePackReader reader)
    {
        int count = Wire.ReadArrayUpTo(ref reader, Max);
        for (int i = 0; i < count; i++)
            reader.ReadByte();
        return count;
    }
}
