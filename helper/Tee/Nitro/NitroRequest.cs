namespace E3.Relay.Helper.Tee.Nitro;

/// <summary>The ioctls of <c>/dev/nitro_enclaves</c> (linux/nitro_enclaves.h); all integers in their arguments are in host order.</summary>
internal enum NitroRequest : uint
{
    /// <summary>On the device. Argument: u64 slot, out. Returns the enclave's descriptor.</summary>
    CreateVm = 0x8008AE20,

    /// <summary>On the enclave. Argument: u32 vCPU, in and out; 0 picks one from the pool.</summary>
    AddVcpu = 0xC004AE21,

    /// <summary>On the enclave. Argument: u64 flags (1: an EIF), u64 offset in the enclave's memory, out.</summary>
    GetImageLoadInfo = 0xC010AE22,

    /// <summary>On the enclave. Argument: u64 flags (0), u64 size, u64 address: donates memory.</summary>
    SetUserMemoryRegion = 0x4018AE23,

    /// <summary>On the enclave. Argument: u64 flags (1: debug), u64 CID, in and out; 0 picks one.</summary>
    StartEnclave = 0xC010AE24,
}
