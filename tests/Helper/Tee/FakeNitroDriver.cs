using System.Buffers.Binary;
using System.Runtime.InteropServices;
using E3.Relay.Helper.Tee.Nitro;

namespace E3.Relay.Helper.Tests.Tee;

/// <summary>
/// The kernel's driver as far as its callers can tell (drivers/virt/nitro_enclaves/ne_misc_dev.c): it refuses what that one refuses, with the same errors. Huge pages are plain memory.
/// </summary>
internal sealed unsafe class FakeNitroDriver : INitroCalls, IDisposable
{
    public const long ImageOffset = 8L << 20;
    private const int Device = 100, Vm = 101;
    private readonly Lock _lock = new();
    private readonly Dictionary<nint, long> _mapped = [];
    private readonly List<(nint Address, long Bytes)> _donated = [];
    private readonly ManualResetEventSlim _hungUp = new();
    private int _vcpus;
    private bool _created, _started, _loaded;

    /// <summary>Small pages in the machine; large ones are of 1 GiB.</summary>
    public int SmallPages { get; set; } = 1024;

    public int LargePages { get; set; }

    public int PoolVcpus { get; set; } = 4;

    public int ThreadsPerCore { get; set; } = 2;

    /// <summary>An errno for every call of a kind, and for opening the device.</summary>
    public Dictionary<NitroRequest, int> Errors { get; } = [];

    public int OpenError { get; set; }

    /// <summary>Called with the CID when an enclave starts.</summary>
    public Action<uint>? Started { get; set; }

    public uint NextCid { get; set; } = 16;

    public bool StartedInDebug { get; private set; }

    public List<NitroRequest> Calls { get; } = [];

    public int OpenDescriptors { get; private set; }

    public int MappedPages => _mapped.Count;

    public IReadOnlyList<long> DonatedBytes => [.. _donated.Select(static region => region.Bytes)];

    public int Open(string path)
    {
        if (path != "/dev/nitro_enclaves")
            return -(int)NitroError.DeviceMissing;
        if (OpenError == 0)
            OpenDescriptors++;
        return OpenError == 0 ? Device : -OpenError;
    }

    public int Control(int descriptor, NitroRequest request, Span<byte> argument)
    {
        lock (_lock)
        {
            Calls.Add(request);
            if (Errors.TryGetValue(request, out int error))
                return -error;
            Assert.Equal((int)(((uint)request >> 16) & 0x3fff), argument.Length);
            Assert.Equal(request == NitroRequest.CreateVm ? Device : Vm, descriptor);
            return request switch
            {
                NitroRequest.CreateVm => Create(argument),
                NitroRequest.AddVcpu => AddVcpu(argument),
                NitroRequest.GetImageLoadInfo => LoadInfo(argument),
                NitroRequest.SetUserMemoryRegion => SetMemory(argument),
                NitroRequest.StartEnclave => Start(argument),
                _ => -(int)NitroError.NotADevice,
            };
        }
    }

    public nint MapHugePage(long bytes)
    {
        bool large = bytes == NitroMemory.PageBytesLarge;
        if ((large ? LargePages : SmallPages) == 0)
            return -(int)NitroError.OutOfMemory;
        if (large)
            LargePages--;
        else
            SmallPages--;
        nint address = (nint)NativeMemory.AllocZeroed(large ? 1u : (nuint)bytes);
        _mapped.Add(address, bytes);
        return address;
    }

    public int Unmap(nint address, long bytes)
    {
        // The kernel keeps pages that an enclave has: giving them back before its end is a mistake of the caller.
        Assert.False(OpenDescriptors > 0 && _donated.Contains((address, bytes)));
        Assert.True(_mapped.Remove(address, out long length));
        Assert.Equal(length, bytes);
        NativeMemory.Free((void*)address);
        return 0;
    }

    public Span<byte> Memory(nint address, int bytes) => new((void*)address, bytes);

    public int PollHangUp(int descriptor, TimeSpan timeout)
    {
        Assert.Equal(Vm, descriptor);
        return _hungUp.Wait(timeout, CancellationToken.None) ? 1 : 0;
    }

    public int Close(int descriptor)
    {
        OpenDescriptors--;
        Assert.True(OpenDescriptors >= 0);
        return 0;
    }

    /// <summary>The enclave's end, seen from outside.</summary>
    public void HangUp() => _hungUp.Set();

    /// <summary>The bytes at an offset of the enclave's memory.</summary>
    public byte[] Read(long offset, int count)
    {
        foreach ((nint address, long bytes) in _donated)
        {
            if (offset < bytes)
                return Memory(checked(address + (nint)offset), count).ToArray();
            offset -= bytes;
        }

        return [];
    }

    public void Dispose()
    {
        foreach (nint address in _mapped.Keys)
            NativeMemory.Free((void*)address);
        _hungUp.Dispose();
    }

    private int Create(Span<byte> argument)
    {
        Assert.False(_created);
        _created = true;
        OpenDescriptors++;
        BinaryPrimitives.WriteUInt64LittleEndian(argument, 7);
        return Vm;
    }

    private int AddVcpu(Span<byte> argument)
    {
        if (_started)
            return -(int)NitroError.NotInInitState;
        if (_vcpus == PoolVcpus)
            return -(int)NitroError.NoCpusInPool;
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(argument));
        BinaryPrimitives.WriteUInt32LittleEndian(argument, (uint)++_vcpus);
        return 0;
    }

    private int LoadInfo(Span<byte> argument)
    {
        if (_started)
            return -(int)NitroError.NotInInitState;
        if (BinaryPrimitives.ReadUInt64LittleEndian(argument) != 1)
            return -(int)NitroError.FlagInvalid;
        _loaded = true;
        BinaryPrimitives.WriteUInt64LittleEndian(argument[8..], (ulong)ImageOffset);
        return 0;
    }

    private int SetMemory(Span<byte> argument)
    {
        long bytes = BinaryPrimitives.ReadInt64LittleEndian(argument[8..]);
        nint address = (nint)BinaryPrimitives.ReadInt64LittleEndian(argument[16..]);
        if (_started)
            return -(int)NitroError.NotInInitState;
        if (BinaryPrimitives.ReadUInt64LittleEndian(argument) != 0)
            return -(int)NitroError.FlagInvalid;
        if (bytes == 0 || bytes % NitroMemory.PageBytesSmall != 0)
            return -(int)NitroError.RegionInvalidSize;
        if (!_mapped.TryGetValue(address, out long mapped) || mapped != bytes)
            return -(int)NitroError.RegionNotHugePage;
        if (_donated.Contains((address, bytes)))
            return -(int)NitroError.RegionAlreadyUsed;
        _donated.Add((address, bytes));
        return 0;
    }

    private int Start(Span<byte> argument)
    {
        ulong flags = BinaryPrimitives.ReadUInt64LittleEndian(argument);
        ulong cid = BinaryPrimitives.ReadUInt64LittleEndian(argument[8..]);
        if (_started || !_loaded)
            return -(int)NitroError.NotInInitState;
        if (flags > 1)
            return -(int)NitroError.FlagInvalid;
        if (cid is 1 or 2 or 3 or >= uint.MaxValue)
            return -(int)NitroError.CidInvalid;
        if (_donated.Count == 0)
            return -(int)NitroError.NoRegions;
        if (_donated.Sum(static region => region.Bytes) < 64L << 20)
            return -(int)NitroError.MemoryUnderMinimum;
        if (_vcpus == 0)
            return -(int)NitroError.NoVcpus;
        if (_vcpus % ThreadsPerCore != 0)
            return -(int)NitroError.CoresNotWhole;
        _started = true;
        StartedInDebug = flags == 1;
        uint given = cid == 0 ? NextCid : (uint)cid;
        BinaryPrimitives.WriteUInt64LittleEndian(argument[8..], given);
        Started?.Invoke(given);
        return 0;
    }
}
