using System.Buffers.Binary;
using System.IO.Hashing;

namespace E3.Relay.Helper.Eif;

/// <summary>
/// An enclave image file, version 4: a header of 548 bytes (big-endian), then sections of 12 bytes of header and their data.
/// Source: aws-nitro-enclaves-image-format, README.md and src/defs. What is read is written back byte for byte.
/// </summary>
internal sealed class EifImage
{
    /// <summary>The largest file that is read, in bytes.</summary>
    public const int FileBytesMax = 1 << 30;

    private const ushort Version = 4;
    private const ushort FlagArm = 1;
    private const int SectionsMin = 4;
    private const int SectionsMax = 32;
    private const int HeaderBytes = 548;
    private const int SectionHeaderBytes = 12;

    // Where the fields stand in the header.
    private const int AtVersion = 4;
    private const int AtFlags = 6;
    private const int AtMemory = 8;
    private const int AtCpus = 0x10;
    private const int AtReserved = 0x18;
    private const int AtCount = 0x1a;
    private const int AtOffsets = 0x1c;
    private const int AtSizes = 0x11c;
    private const int AtUnused = 0x21c;
    private const int AtChecksum = 0x220;

    private static ReadOnlySpan<byte> Magic => ".eif"u8;

    /// <summary>True for aarch64, false for x86_64.</summary>
    public bool IsArm { get; init; }

    /// <summary>The memory that the enclave gets when nothing is said, in bytes.</summary>
    public ulong DefaultMemoryBytes { get; init; } = 1UL << 30;

    /// <summary>The vCPUs that the enclave gets when nothing is said.</summary>
    public ulong DefaultCpus { get; init; } = 2;

    /// <summary>The sections, in the order of the file.</summary>
    public required IReadOnlyList<EifSection> Sections { get; init; }

    /// <summary>The data of the one section of a kind; null when there is none.</summary>
    public ReadOnlyMemory<byte>? Find(EifSectionKind kind)
    {
        foreach (EifSection section in Sections)
        {
            if (section.Kind == kind)
                return section.Data;
        }

        return null;
    }

    /// <summary>Reads an image. Only the one way to write it is accepted, so that nothing can lie in it unseen.</summary>
    public static EifError Read(ReadOnlyMemory<byte> file, out EifImage image)
    {
        image = null!;
        ReadOnlySpan<byte> bytes = file.Span;
        if (bytes.Length < HeaderBytes)
            return EifError.HeaderTruncated;
        if (!bytes.StartsWith(Magic))
            return EifError.MagicWrong;
        if (BinaryPrimitives.ReadUInt16BigEndian(bytes[AtVersion..]) != Version)
            return EifError.VersionUnsupported;
        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(bytes[AtFlags..]);
        if ((flags & ~FlagArm) != 0 || bytes.Slice(AtReserved, sizeof(ushort)).ContainsAnyExcept((byte)0) || bytes.Slice(AtUnused, sizeof(uint)).ContainsAnyExcept((byte)0))
            return EifError.HeaderUnexpected;
        EifError error = ReadSections(file, out EifSection[] sections);
        if (error != EifError.None)
            return error;
        if (!IsInOrder(sections))
            return EifError.SectionUnexpected;
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[AtChecksum..]) != Checksum(bytes))
            return EifError.ChecksumWrong;
        image = new()
        {
            IsArm = flags == FlagArm,
            DefaultMemoryBytes = BinaryPrimitives.ReadUInt64BigEndian(bytes[AtMemory..]),
            DefaultCpus = BinaryPrimitives.ReadUInt64BigEndian(bytes[AtCpus..]),
            Sections = sections,
        };
        return EifError.None;
    }

    /// <summary>The file.</summary>
    /// <exception cref="ArgumentException">The sections are not those of an image, or not in its order, or too large.</exception>
    public byte[] Write()
    {
        long length = HeaderBytes + Sections.Sum(static section => (long)SectionHeaderBytes + section.Data.Length);
        if (Sections.Count is < SectionsMin or > SectionsMax || !IsInOrder(Sections) || length > FileBytesMax)
            throw new ArgumentException("An enclave image has kernel, command line, metadata, 1 to 28 ramdisks and perhaps a signature, in this order, and at most 1 GiB.");
        byte[] file = new byte[length];
        Span<byte> bytes = file;
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[AtVersion..], Version);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[AtFlags..], IsArm ? FlagArm : (ushort)0);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[AtMemory..], DefaultMemoryBytes);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[AtCpus..], DefaultCpus);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[AtCount..], (ushort)Sections.Count);
        int at = HeaderBytes;
        for (int i = 0; i < Sections.Count; i++)
        {
            EifSection section = Sections[i];
            BinaryPrimitives.WriteUInt64BigEndian(bytes[(AtOffsets + (i * sizeof(ulong)))..], (ulong)at);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[(AtSizes + (i * sizeof(ulong)))..], (ulong)section.Data.Length);
            BinaryPrimitives.WriteUInt16BigEndian(bytes[at..], (ushort)section.Kind);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[(at + 4)..], (ulong)section.Data.Length);
            section.Data.Span.CopyTo(bytes[(at + SectionHeaderBytes)..]);
            at += SectionHeaderBytes + section.Data.Length;
        }

        WriteChecksum(bytes);
        return file;
    }

    /// <summary>Writes the checksum into a file that is long enough for one.</summary>
    internal static void WriteChecksum(Span<byte> file)
    {
        if (file.Length >= HeaderBytes)
            BinaryPrimitives.WriteUInt32BigEndian(file[AtChecksum..], Checksum(file));
    }

    private static EifError ReadSections(ReadOnlyMemory<byte> file, out EifSection[] sections)
    {
        sections = [];
        ReadOnlySpan<byte> bytes = file.Span;
        int count = BinaryPrimitives.ReadUInt16BigEndian(bytes[AtCount..]);
        if (count is < SectionsMin or > SectionsMax)
            return EifError.SectionCountInvalid;
        var read = new EifSection[count];
        ulong at = HeaderBytes;
        for (int i = 0; i < SectionsMax; i++)
        {
            ulong offset = BinaryPrimitives.ReadUInt64BigEndian(bytes[(AtOffsets + (i * sizeof(ulong)))..]);
            ulong size = BinaryPrimitives.ReadUInt64BigEndian(bytes[(AtSizes + (i * sizeof(ulong)))..]);
            if (i >= count)
            {
                if (offset != 0 || size != 0)
                    return EifError.HeaderUnexpected;
                continue;
            }

            if (offset != at || (ulong)bytes.Length - at < SectionHeaderBytes || size > (ulong)bytes.Length - at - SectionHeaderBytes)
                return EifError.SectionPlaceInvalid;
            ReadOnlySpan<byte> header = bytes[(int)at..];
            if (BinaryPrimitives.ReadUInt16BigEndian(header[2..]) != 0)
                return EifError.HeaderUnexpected;
            if (BinaryPrimitives.ReadUInt64BigEndian(header[4..]) != size)
                return EifError.SectionPlaceInvalid;
            read[i] = new((EifSectionKind)BinaryPrimitives.ReadUInt16BigEndian(header), file.Slice((int)at + SectionHeaderBytes, (int)size));
            at += SectionHeaderBytes + size;
        }

        sections = read;
        return at == (ulong)bytes.Length ? EifError.None : EifError.SectionPlaceInvalid;
    }

    private static bool IsInOrder(IReadOnlyList<EifSection> sections)
    {
        int last = sections.Count - 1;
        if (last < 0 || sections[0].Kind != EifSectionKind.Kernel)
            return false;
        if (sections[last].Kind == EifSectionKind.Signature)
            last--;
        if (last < SectionsMin - 1 || sections[1].Kind != EifSectionKind.CommandLine || sections[2].Kind != EifSectionKind.Metadata)
            return false;
        for (int i = SectionsMin - 1; i <= last; i++)
        {
            if (sections[i].Kind != EifSectionKind.Ramdisk)
                return false;
        }

        return true;
    }

    // CRC-32 of IEEE 802.3 over everything but itself.
    private static uint Checksum(ReadOnlySpan<byte> file)
    {
        var crc = new Crc32();
        crc.Append(file[..AtChecksum]);
        crc.Append(file[HeaderBytes..]);
        return crc.GetCurrentHashAsUInt32();
    }
}
