namespace E3.Relay.Helper.Tee.Nitro;

/// <summary>
/// The system calls that the driver makes, and nothing above them: what the rules of <c>/dev/nitro_enclaves</c> are is the driver's to know. Results are those of the kernel: zero or more, or a negative errno.
/// </summary>
internal interface INitroCalls
{
    /// <summary>open(2), read-write and close-on-exec. The descriptor, or a negative errno.</summary>
    int Open(string path);

    /// <summary>ioctl(2).</summary>
    int Control(int descriptor, NitroRequest request, Span<byte> argument);

    /// <summary>mmap(2) of one private huge page, not yet backed by anything else. Its address, or a negative errno.</summary>
    nint MapHugePage(long bytes);

    /// <summary>munmap(2).</summary>
    int Unmap(nint address, long bytes);

    /// <summary>Memory that <see cref="MapHugePage"/> gave.</summary>
    Span<byte> Memory(nint address, int bytes);

    /// <summary>poll(2) for the hang-up of an enclave. 1 when it has ended, 0 after the time.</summary>
    int PollHangUp(int descriptor, TimeSpan timeout);

    /// <summary>close(2). Closing an enclave's descriptor ends the enclave.</summary>
    int Close(int descriptor);
}
