using System.Buffers.Binary;
using CsCheck;
using E3.Relay.Helper.Eif;
using E3.Relay.Helper.Tee;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Eif;

public sealed class EifImageTests
{
    [Theory]
    [InlineData("nitro/golden-unsigned.eif")]
    [InlineData("nitro/golden-signed.eif")]
    public void Read_GoldenImage_GivesItsPcrsAndTheSameBytes(string name)
    {
        if (!Suites.TryPath(name, out string? path) || !Suites.TryPath("nitro/golden-expected.json", out string? expectedPath))
        {
            Assert.Skip(Suites.Missing(name));
            return;
        }

        byte[] file = File.ReadAllBytes(path);
        using var expected = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(expectedPath));

        Assert.Equal(EifError.None, EifImage.Read(file, out EifImage image));
        TeeMeasurement measured = EifMeasurement.Of(image);
        Assert.Equal(expected.RootElement.GetProperty("PCR0").GetString(), Convert.ToHexStringLower(measured.Pcr0));
        Assert.Equal(expected.RootElement.GetProperty("PCR1").GetString(), Convert.ToHexStringLower(measured.Pcr1));
        Assert.Equal(expected.RootElement.GetProperty("PCR2").GetString(), Convert.ToHexStringLower(measured.Pcr2));
        Assert.Equal(file, image.Write());
    }

    [Fact]
    public void Read_EveryCut_IsRefused()
    {
        byte[] file = EifSamples.Image.Write();
        for (int length = 0; length < file.Length; length++)
            Assert.NotEqual(EifError.None, EifImage.Read(file.AsMemory(0, length), out _));
    }

    [Fact]
    public void Read_BytesBehindTheLastSection_AreRefused() => Assert.Equal(EifError.SectionPlaceInvalid, EifImage.Read((byte[])[.. EifSamples.Image.Write(), 0], out _));

    // A kind, a flag or a size that changes is refused for itself, everything else by the checksum.
    [Fact]
    public void Read_AnyBitFlipped_IsRefused() => Gen.Int[0, (EifSamples.Image.Write().Length * 8) - 1].Sample(
        bit =>
        {
            byte[] file = EifSamples.Image.Write();

            // The defaults for memory and vCPUs are covered by nothing but the checksum, like all that is not measured.
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(EifError.None, EifImage.Read(file, out _));
        },
        seed: "0000000000000");

    [Theory]
    [InlineData(0x000, (byte)'X', EifError.MagicWrong)]
    [InlineData(0x005, (byte)3, EifError.VersionUnsupported)]
    [InlineData(0x007, (byte)2, EifError.HeaderUnexpected)]
    [InlineData(0x019, (byte)1, EifError.HeaderUnexpected)]
    [InlineData(0x01b, (byte)3, EifError.SectionCountInvalid)]
    [InlineData(0x01b, (byte)33, EifError.SectionCountInvalid)]
    [InlineData(0x023, (byte)1, EifError.SectionPlaceInvalid)]
    [InlineData(0x11b, (byte)1, EifError.HeaderUnexpected)]
    [InlineData(0x11d, (byte)255, EifError.SectionPlaceInvalid)]
    [InlineData(0x21f, (byte)1, EifError.HeaderUnexpected)]
    [InlineData(0x220, (byte)0, EifError.ChecksumWrong)]
    [InlineData(0x225, (byte)2, EifError.SectionUnexpected)]
    [InlineData(0x225, (byte)9, EifError.SectionUnexpected)]
    [InlineData(0x227, (byte)1, EifError.HeaderUnexpected)]
    public void Read_HeaderByteChanged_NamesWhatIsWrong(int at, byte value, object expected)
    {
        byte[] file = EifSamples.Image.Write();
        file[at] = at == 0x220 ? (byte)(file[at] + 1) : value;
        Assert.Equal((EifError)expected, EifImage.Read(file, out _));
    }

    // Two sections that share bytes, or a hole between two, could show a reader something else than what is measured.
    [Fact]
    public void Read_SectionsThatOverlap_AreRefused()
    {
        byte[] file = EifSamples.Image.Write();
        BinaryPrimitives.WriteUInt64BigEndian(file.AsSpan(0x24), BinaryPrimitives.ReadUInt64BigEndian(file.AsSpan(0x1c)));
        Assert.Equal(EifError.SectionPlaceInvalid, EifImage.Read(file, out _));
    }

    [Fact]
    public void Read_AnyBytes_NeverThrows() => Gen.Byte.Array[0, 2000].Select(Gen.Bool).Sample((bytes, framed) =>
    {
        if (framed)
            ".eif\0\u0004\0\0"u8.CopyTo(bytes.Length >= 8 ? bytes : bytes = new byte[600]);
        Assert.NotEqual(EifError.None, EifImage.Read(bytes, out _));
    });

    [Theory]
    [InlineData(EifSectionKind.Kernel)]
    [InlineData(EifSectionKind.CommandLine)]
    [InlineData(EifSectionKind.Metadata)]
    [InlineData(EifSectionKind.Ramdisk)]
    public void Write_SectionOutOfOrder_Throws(object first)
    {
        EifSection[] sections = [.. EifSamples.Image.Sections];
        int at = Array.FindIndex(sections, section => section.Kind == (EifSectionKind)first);
        var image = new EifImage { Sections = [.. sections[..at], .. sections[(at + 1)..], new EifSection(EifSectionKind.Signature, default), sections[at]] };
        Assert.Throws<ArgumentException>(image.Write);
    }
}
