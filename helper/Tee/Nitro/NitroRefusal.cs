using System.Globalization;

namespace E3.Relay.Helper.Tee.Nitro;

/// <summary>Says what a refused call means for whoever runs the machine.</summary>
internal static class NitroRefusal
{
    /// <summary>The exception for a call that gave an errno.</summary>
    /// <param name="call">The call.</param>
    /// <param name="errno">The errno, positive.</param>
    public static HelperRefusedException Of(string call, int errno) =>
        new(ExitCode.TeeUnavailable, string.Create(CultureInfo.InvariantCulture, $"{call} was refused with {errno}: {Meaning((NitroError)errno)}."));

    /// <summary>What to do about it.</summary>
    internal static string Meaning(NitroError error) => error switch
    {
        NitroError.NotPermitted or NitroError.AccessDenied => "the helper may not use /dev/nitro_enclaves; add its user to the group ne",
        NitroError.DeviceMissing or NitroError.NoDevice => "there is no /dev/nitro_enclaves; start the instance with enclave support and load the module nitro_enclaves",
        NitroError.Interrupted => "a signal came in between",
        NitroError.InputOutput => "the enclave belongs to another process, or the device failed",
        NitroError.OutOfMemory => "the kernel has no memory left for it",
        NitroError.DeviceBusy => "somebody else uses it",
        NitroError.NotADevice => "/dev/nitro_enclaves is something else than the device",
        NitroError.VcpuAlreadyUsed => "the vCPU is in an enclave already",
        NitroError.VcpuNotInPool => "the vCPU is not in the pool of enclaves; see cpu_count in /etc/nitro_enclaves/allocator.yaml",
        NitroError.VcpuInvalidCore => "the vCPU is on a core that enclaves cannot have",
        NitroError.RegionInvalidSize => "a region of memory is no multiple of 2 MiB",
        NitroError.RegionInvalidAddress => "a region of memory is not the helper's",
        NitroError.RegionUnaligned => "a region of memory is not aligned",
        NitroError.RegionAlreadyUsed => "a region of memory was donated already",
        NitroError.RegionNotHugePage => "a region of memory is no huge page",
        NitroError.RegionDifferentNode => "memory and vCPUs are of different NUMA nodes; reserve huge pages on the node of the pool",
        NitroError.RegionsMax => "the memory is in too many pieces; reserve larger huge pages",
        NitroError.NoRegions => "no memory was donated",
        NitroError.NoVcpus => "no vCPU was added",
        NitroError.MemoryUnderMinimum => "an enclave has at least 64 MiB",
        NitroError.CoresNotWhole => "vCPUs go in whole cores: ask for an even number of them where a core has two",
        NitroError.NotInInitState => "the enclave was started already, or has ended",
        NitroError.VcpuInvalid => "there is no such vCPU",
        NitroError.NoCpusInPool => "no vCPU is left in the pool; see cpu_count in /etc/nitro_enclaves/allocator.yaml, and enclaves that still run",
        NitroError.PageSizeInvalid => "huge pages of that size cannot be used",
        NitroError.FlagInvalid => "the driver does not know this kind of start",
        NitroError.CidInvalid => "the CID is in use or reserved",
        _ => "an error that the driver does not document",
    };
}
