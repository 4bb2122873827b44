namespace E3.Relay.Helper.State;

/// <summary>Files that nobody but their owner may read, written whole or not at all.</summary>
internal static class PrivateFile
{
    public const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode FolderMode = Mode | UnixFileMode.UserExecute;

    /// <summary>Writes a file under a temporary name, flushes it to the disk and renames it.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = $"{path}.new";
        File.Delete(temporary);
        using (var file = new FileStream(temporary, Options(FileMode.CreateNew)))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Makes an empty file if there is none.</summary>
    public static void Touch(string path)
    {
        if (!File.Exists(path))
            new FileStream(path, Options(FileMode.CreateNew)).Dispose();
    }

    /// <summary>Makes a folder that only the owner may enter, and takes away what others may do in one that is there.</summary>
    public static void CreateFolder(string path)
    {
        Directory.CreateDirectory(path, FolderMode);
        if (File.GetUnixFileMode(path) != FolderMode)
            File.SetUnixFileMode(path, FolderMode);
    }

    private static FileStreamOptions Options(FileMode mode) => new() { Mode = mode, Access = FileAccess.Write, UnixCreateMode = Mode };
}
