using System.Runtime.InteropServices;

namespace E3.Relay.Helper.State;

/// <summary>Makes the names in a folder durable. A file that was flushed can still be gone after a power failure when its name was not.</summary>
internal static partial class FolderSync
{
    private const int ReadOnlyFolder = 0x10000 | 0x80000;

    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void Flush(string folder)
    {
        int descriptor = Open(folder, ReadOnlyFolder);
        if (descriptor < 0)
            throw new IOException($"{folder} cannot be opened: error {Marshal.GetLastPInvokeError()}");
        int result = Synchronize(descriptor);
        int error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0)
            throw new IOException($"{folder} cannot be flushed: error {error}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
