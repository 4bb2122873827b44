namespace E3.Relay.Helper.Tee.Nitro;

/// <summary>Huge pages that become an enclave's memory: one region a page, the largest first.</summary>
internal sealed class NitroMemory : IDisposable
{
    /// <summary>The sizes of pages that x86_64 has, in bytes.</summary>
    public const long PageBytesLarge = 1L << 30;

    /// <summary>The smaller of the two.</summary>
    public const long PageBytesSmall = 2L << 20;

    private readonly INitroCalls _calls;
    private readonly List<(nint Address, long Bytes)> _regions = [];

    private NitroMemory(INitroCalls calls) => _calls = calls;

    /// <summary>The regions, in the order of the enclave's addresses.</summary>
    public IReadOnlyList<(nint Address, long Bytes)> Regions => _regions;

    /// <summary>Reserves at least so much, and no page more than is needed.</summary>
    /// <exception cref="HelperRefusedException">There are not enough huge pages.</exception>
    public static NitroMemory Reserve(INitroCalls calls, long bytes)
    {
        var memory = new NitroMemory(calls);
        try
        {
            long left = memory.Take(bytes, PageBytesLarge);
            left = memory.Take(left, PageBytesSmall);

            // What the small pages do not cover, a large one may: it is more than is needed, and better than no enclave.
            if (left > 0)
                left = memory.Take(PageBytesLarge, PageBytesLarge) > 0 ? left : 0;
            if (left > 0)
            {
                throw new HelperRefusedException(
                    ExitCode.TeeUnavailable, $"There are no huge pages for {bytes >> 20} MiB of enclave memory, {left >> 20} MiB are missing; see memory_mib in /etc/nitro_enclaves/allocator.yaml.");
            }

            memory.DropExcess(bytes);
            return memory;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Copies bytes to an offset of the enclave's memory, over the borders of the regions.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        foreach ((nint address, long length) in _regions)
        {
            if (bytes.IsEmpty)
                return;
            if (offset >= length)
            {
                offset -= length;
                continue;
            }

            int count = (int)Math.Min(length - offset, bytes.Length);
            bytes[..count].CopyTo(_calls.Memory(checked(address + (nint)offset), count));
            bytes = bytes[count..];
            offset = 0;
        }

        if (!bytes.IsEmpty)
            throw new HelperRefusedException(ExitCode.TeeUnavailable, "The image is larger than the enclave's memory.");
    }

    /// <summary>Gives the pages back. Those of a running enclave must stay until it has ended.</summary>
    public void Dispose()
    {
        foreach ((nint address, long length) in _regions)
            _calls.Unmap(address, length);
        _regions.Clear();
    }

    // How much is still needed.
    private long Take(long bytes, long page)
    {
        while (bytes >= page)
        {
            nint address = _calls.MapHugePage(page);
            if (address is < 0 and > -4096)
                break;
            _regions.Add((address, page));
            bytes -= page;
        }

        return bytes;
    }

    private void DropExcess(long bytes)
    {
        long excess = _regions.Sum(static region => region.Bytes) - bytes;
        for (int i = _regions.Count - 1; i >= 0; i--)
        {
            if (_regions[i].Bytes > excess)
                continue;
            _calls.Unmap(_regions[i].Address, _regions[i].Bytes);
            excess -= _regions[i].Bytes;
            _regions.RemoveAt(i);
        }
    }
}
