using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace E3.Relay.Proxy.RuleFiles;

/// <summary>Opens files that have an end. To open a FIFO waits for somebody who writes, a device may have no end, and nothing could end either wait.</summary>
internal static partial class RegularFile
{
    // open(2) and statx(2) of Linux, which are the same on x86-64 and Arm.
    private const int ReadOnly = 0, NoControllingTerminal = 0x100, NonBlocking = 0x800, CloseOnExec = 0x80000, EmptyPath = 0x1000;
    private const int TypeMask = 0xF000, Regular = 0x8000, StatBytes = 256, ModeOffset = 28;
    private const uint WantsType = 1;
    private const int NoSuchFile = 2, NotPermitted = 13;

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="IOException">It cannot be opened, or is no regular file (<see cref="NotRegularException"/>).</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream Open(string path)
    {
        if (!OperatingSystem.IsLinux())
            return File.OpenRead(path);
        if (path.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("a path has no NUL", nameof(path));
        int descriptor = OpenFile(path, ReadOnly | NonBlocking | NoControllingTerminal | CloseOnExec);
        if (descriptor < 0)
            throw FailureOf(Marshal.GetLastPInvokeError());
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            if (!IsRegular(descriptor))
                throw new NotRegularException();
            return new FileStream(handle, FileAccess.Read);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static bool IsRegular(int descriptor)
    {
        Span<byte> stat = stackalloc byte[StatBytes];
        return Stat(descriptor, "", EmptyPath, WantsType, stat) == 0 && (MemoryMarshal.Read<ushort>(stat[ModeOffset..]) & TypeMask) == Regular;
    }

    private static Exception FailureOf(int error) => error switch
    {
        NoSuchFile => new FileNotFoundException(),
        NotPermitted => new UnauthorizedAccessException(),
        _ => new IOException($"open failed with error {error}"),
    };

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(int folder, string path, int flags, uint wanted, Span<byte> stat);
}
