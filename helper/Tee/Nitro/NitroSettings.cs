namespace E3.Relay.Helper.Tee.Nitro;

/// <summary>How an enclave is made.</summary>
internal sealed record NitroSettings
{
    public const int MemoryMinMiB = 64;

    /// <summary>Memory in MiB, a multiple of 2.</summary>
    public int MemoryMiB { get; init; } = 512;

    /// <summary>vCPUs; whole cores, so an even number where a core has two threads.</summary>
    public int Vcpus { get; init; } = 2;

    /// <summary>The enclave's CID; 0 picks a free one, which two enclaves side by side need.</summary>
    public uint Cid { get; init; }

    /// <summary>The port on which the engine listens, as its image says.</summary>
    public uint Port { get; init; } = 5000;

    /// <summary>Debug mode: the console can be read, and the PCRs are zero, so that no key authority and no proxy accepts the enclave.</summary>
    public bool Debug { get; init; }

    /// <summary>The device.</summary>
    public string Device { get; init; } = "/dev/nitro_enclaves";

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (MemoryMiB < MemoryMinMiB || MemoryMiB % 2 != 0)
            yield return $"an enclave's memory is a multiple of 2 MiB and at least {MemoryMinMiB} MiB";
        if (Vcpus < 1)
            yield return "an enclave has at least one vCPU";
        if (Cid is 1 or 2 or 3 or uint.MaxValue)
            yield return "the CIDs 1, 2, 3 and 4294967295 are reserved";
    }
}
