using System.Runtime.InteropServices;

namespace E3.Relay.Enclave.Host;

/// <summary>What the process asks of the kernel before it has a secret: no core dumps, and no debugger of an equal user (<c>prctl(2)</c>, PR_SET_DUMPABLE).</summary>
internal static partial class ProcessProtection
{
    private const int SetDumpable = 4;
    private const int CoreSize = 4;

    /// <summary>Applies it. False when the kernel refuses.</summary>
    public static bool TryApply()
    {
        var none = default(ResourceLimit);
        return SetLimit(CoreSize, in none) == 0 && Control(SetDumpable, 0, 0, 0, 0) == 0;
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint value, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in ResourceLimit limit);

    private readonly record struct ResourceLimit(ulong Soft, ulong Hard);
}
