using System.Runtime.InteropServices;

namespace E3.Relay.Enclave.Engine;

/// <summary>
/// Memory for keys, outside the managed heap: the collector neither moves nor copies it, it is left out of core dumps (<c>MADV_DONTDUMP</c>) and locked against swapping where the
/// limits of the process allow (<c>mlock</c>; an enclave has no swap).
/// </summary>
internal static unsafe partial class SecretMemory
{
    private const int SlabBytes = 64 * 1024;
    private const int ReadWrite = 1 | 2;
    private const int PrivateAnonymous = 2 | 0x20;
    private const int DontDump = 16;

    private static readonly Stack<nint> Free = new();

    /// <summary>A slot of <see cref="SecretKey.Bytes"/> zeroed bytes.</summary>
    /// <exception cref="OutOfMemoryException">The system gives no more.</exception>
    public static nint Rent()
    {
        lock (Free)
        {
            if (Free.Count == 0)
                AddSlab();
            return Free.Pop();
        }
    }

    /// <summary>Gives a slot back. It is zeroed first.</summary>
    public static void Return(nint slot)
    {
        Zero(slot, SecretKey.Bytes);
        lock (Free)
            Free.Push(slot);
    }

    private static void AddSlab()
    {
        nint slab = Map(0, SlabBytes, ReadWrite, PrivateAnonymous, -1, 0);
        if (slab == -1)
            throw new OutOfMemoryException();
        _ = Advise(slab, SlabBytes, DontDump);
        _ = Lock(slab, SlabBytes);
        for (int offset = SlabBytes - SecretKey.Bytes; offset >= 0; offset -= SecretKey.Bytes)
            Free.Push(slab + offset);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "mlock")]
    private static partial int Lock(nint address, nuint length);

    // The call that a compiler may not leave out.
    [LibraryImport("libc", EntryPoint = "explicit_bzero")]
    private static partial void Zero(nint address, nuint length);
}
