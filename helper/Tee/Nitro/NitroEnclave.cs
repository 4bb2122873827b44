using System.Buffers.Binary;

namespace E3.Relay.Helper.Tee.Nitro;

/// <summary>
/// One enclave at the kernel's driver, from creation to its end. The sequence is that of nitro-cli: create, memory, image, donate, vCPUs, start. This process owns the enclave's life: when its
/// descriptor is closed, or the process dies, the enclave is gone.
/// </summary>
internal sealed class NitroEnclave : IDisposable
{
    private const ulong ImageIsEif = 1;
    private const ulong StartDebug = 1;

    // The policy of nitro-cli: while it boots, an image is unpacked several times over.
    private const int MemoryOfImage = 4;
    private readonly INitroCalls _calls;
    private readonly NitroMemory _memory;
    private readonly int _descriptor;
    private bool _disposed;

    private NitroEnclave(INitroCalls calls, int descriptor, NitroMemory memory)
    {
        _calls = calls;
        _descriptor = descriptor;
        _memory = memory;
    }

    /// <summary>The CID that it was given.</summary>
    public uint Cid { get; private set; }

    /// <summary>Makes an enclave with its image in place; it does not run yet.</summary>
    /// <exception cref="HelperRefusedException">The machine has not what it needs, or the driver refuses a step.</exception>
    public static NitroEnclave Create(INitroCalls calls, NitroSettings settings, ReadOnlySpan<byte> image)
    {
        long memoryBytes = (long)settings.MemoryMiB << 20;
        if (checked((long)image.Length * MemoryOfImage) > memoryBytes)
            throw new HelperRefusedException(ExitCode.TeeUnavailable, $"The enclave's memory must be at least {MemoryOfImage} times the image's {(image.Length >> 20) + 1} MiB.");
        int device = Checked("opening the device", calls.Open(settings.Device));
        int descriptor;
        try
        {
            descriptor = Checked("NE_CREATE_VM", calls.Control(device, NitroRequest.CreateVm, stackalloc byte[sizeof(ulong)]));
        }
        finally
        {
            calls.Close(device);
        }

        NitroMemory? memory = null;
        try
        {
            memory = NitroMemory.Reserve(calls, memoryBytes);
            var enclave = new NitroEnclave(calls, descriptor, memory);
            enclave.Load(image);
            enclave.Donate();
            enclave.AddVcpus(settings.Vcpus);
            return enclave;
        }
        catch
        {
            // The enclave ends first: the kernel holds on to pages that it was given.
            calls.Close(descriptor);
            memory?.Dispose();
            throw;
        }
    }

    /// <summary>Lets it run.</summary>
    /// <exception cref="HelperRefusedException">The driver refuses.</exception>
    public void Start(uint cid, bool debug)
    {
        Span<byte> argument = stackalloc byte[2 * sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(argument, debug ? StartDebug : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(argument[sizeof(ulong)..], cid);
        Checked("NE_START_ENCLAVE", _calls.Control(_descriptor, NitroRequest.StartEnclave, argument));
        Cid = checked((uint)BinaryPrimitives.ReadUInt64LittleEndian(argument[sizeof(ulong)..]));
    }

    /// <summary>True when it has ended, whatever the reason; waits for it a while.</summary>
    public bool HasEnded(TimeSpan wait)
    {
        int result = _calls.PollHangUp(_descriptor, wait);

        // A poll that fails otherwise than by a signal says that there is nothing left to wait for.
        return result == 1 || (result < 0 && result != -(int)NitroError.Interrupted);
    }

    /// <summary>Ends it and gives its memory back.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _calls.Close(_descriptor);
        _memory.Dispose();
    }

    private void Load(ReadOnlySpan<byte> image)
    {
        Span<byte> argument = stackalloc byte[2 * sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(argument, ImageIsEif);
        Checked("NE_GET_IMAGE_LOAD_INFO", _calls.Control(_descriptor, NitroRequest.GetImageLoadInfo, argument));
        _memory.Write(checked((long)BinaryPrimitives.ReadUInt64LittleEndian(argument[sizeof(ulong)..])), image);
    }

    private void Donate()
    {
        Span<byte> argument = stackalloc byte[3 * sizeof(ulong)];
        foreach ((nint address, long bytes) in _memory.Regions)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(argument, 0);
            BinaryPrimitives.WriteUInt64LittleEndian(argument[sizeof(ulong)..], (ulong)bytes);
            BinaryPrimitives.WriteUInt64LittleEndian(argument[(2 * sizeof(ulong))..], (ulong)address);
            Checked("NE_SET_USER_MEMORY_REGION", _calls.Control(_descriptor, NitroRequest.SetUserMemoryRegion, argument));
        }
    }

    private void AddVcpus(int count)
    {
        Span<byte> argument = stackalloc byte[sizeof(uint)];
        for (int i = 0; i < count; i++)
        {
            argument.Clear();
            Checked("NE_ADD_VCPU", _calls.Control(_descriptor, NitroRequest.AddVcpu, argument));
        }
    }

    private static int Checked(string call, int result) => result >= 0 ? result : throw NitroRefusal.Of(call, -result);
}
