namespace E3.Relay.Helper.Eif;

/// <summary>What a section of an enclave image holds; the numbers are those of the file.</summary>
internal enum EifSectionKind : ushort
{
    /// <summary>The kernel, a bzImage.</summary>
    Kernel = 1,

    /// <summary>The kernel's command line.</summary>
    CommandLine = 2,

    /// <summary>A cpio archive of the initial file system; several are unpacked one over the other.</summary>
    Ramdisk = 3,

    /// <summary>Certificate and signature over PCR0; not measured, except for the certificate in PCR8.</summary>
    Signature = 4,

    /// <summary>JSON about the build; not measured.</summary>
    Metadata = 5,
}
