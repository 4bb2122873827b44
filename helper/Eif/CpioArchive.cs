using System.Globalization;
using System.Text;

namespace E3.Relay.Helper.Eif;

/// <summary>
/// A cpio archive in the format "newc" that a kernel unpacks as its initial file system (Linux, Documentation/driver-api/early-userspace/buffer-format.rst).
/// The same files give the same bytes: no times, no owners, numbers in the order of adding.
/// </summary>
internal sealed class CpioArchive
{
    private const uint FolderMode = 0x41ed;
    private const uint ProgramMode = 0x81ed;
    private const uint FileMode = 0x81a4;
    private const uint CharacterDeviceMode = 0x2180;
    private const int Alignment = 4;
    private readonly MemoryStream _bytes = new();
    private uint _number;

    /// <summary>Adds a folder (0755). Folders stand in front of what is in them.</summary>
    public void AddFolder(string path) => Add(path, FolderMode, []);

    /// <summary>Adds a program (0755).</summary>
    public void AddProgram(string path, ReadOnlySpan<byte> bytes) => Add(path, ProgramMode, bytes);

    /// <summary>Adds a file (0644).</summary>
    public void AddFile(string path, ReadOnlySpan<byte> bytes) => Add(path, FileMode, bytes);

    /// <summary>Adds a character device (0600).</summary>
    public void AddDevice(string path, uint major, uint minor) => Add(path, CharacterDeviceMode, [], major, minor);

    /// <summary>The archive with its trailer.</summary>
    public byte[] ToArray()
    {
        Add("TRAILER!!!", 0, []);
        return _bytes.ToArray();
    }

    private void Add(string path, uint mode, ReadOnlySpan<byte> bytes, uint major = 0, uint minor = 0)
    {
        byte[] name = Encoding.ASCII.GetBytes($"{path}\0");
        bool isFolder = mode == FolderMode;

        // Magic, then: inode, mode, user, group, links, time, size, device (2), special device (2), length of the name, checksum.
        ReadOnlySpan<uint> fields = [mode == 0 ? 0 : ++_number, mode, 0, 0, isFolder ? 2u : 1u, 0, (uint)bytes.Length, 0, 0, major, minor, (uint)name.Length, 0];
        var header = new StringBuilder("070701");
        foreach (uint field in fields)
            header.Append(field.ToString("x8", CultureInfo.InvariantCulture));
        _bytes.Write(Encoding.ASCII.GetBytes(header.ToString()));
        _bytes.Write(name);
        Align();
        _bytes.Write(bytes);
        Align();
    }

    private void Align()
    {
        while (_bytes.Length % Alignment != 0)
            _bytes.WriteByte(0);
    }
}
