using System.Runtime.InteropServices;

namespace E3.Relay.Helper.Tee.Nitro;

/// <summary>The calls as the kernel offers them.</summary>
internal sealed unsafe partial class NitroCalls : INitroCalls
{
    private const int ReadWriteCloseOnExec = 0x80002;
    private const int ProtectReadWrite = 3;
    private const int PrivateAnonymousHuge = 0x40022;

    // MAP_HUGE_SHIFT: the base-2 logarithm of the page's size stands in the upper bits.
    private const int HugeShift = 26;
    private const short HangUp = 0x10;

    public int Open(string path) => Result(OpenFile(path, ReadWriteCloseOnExec));

    public int Control(int descriptor, NitroRequest request, Span<byte> argument)
    {
        fixed (byte* bytes = argument)
            return Result(InputOutputControl(descriptor, (nuint)request, bytes));
    }

    public nint MapHugePage(long bytes)
    {
        nint address = MapMemory(0, (nuint)bytes, ProtectReadWrite, PrivateAnonymousHuge | (System.Numerics.BitOperations.Log2((ulong)bytes) << HugeShift), -1, 0);
        return address == -1 ? -Marshal.GetLastPInvokeError() : address;
    }

    public int Unmap(nint address, long bytes) => Result(UnmapMemory(address, (nuint)bytes));

    public Span<byte> Memory(nint address, int bytes) => new((void*)address, bytes);

    public int PollHangUp(int descriptor, TimeSpan timeout)
    {
        var polled = new PollDescriptor { Descriptor = descriptor };
        int result = Result(Poll(&polled, 1, (int)timeout.TotalMilliseconds));
        return result <= 0 ? result : (polled.Returned & HangUp) != 0 ? 1 : 0;
    }

    public int Close(int descriptor) => Result(CloseFile(descriptor));

    private static int Result(int result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int InputOutputControl(int descriptor, nuint request, byte* argument);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MapMemory(nint address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int UnmapMemory(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseFile(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Requested;
        public short Returned;
    }
}
