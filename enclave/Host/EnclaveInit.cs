using System.Net.Sockets;
using System.Runtime.InteropServices;
using E3.Relay.Enclave.Protocol.Transport;
using Microsoft.Win32.SafeHandles;

namespace E3.Relay.Enclave.Host;

/// <summary>What the first and only process of an enclave does besides serving: file systems, kernel modules, the sign of life to the parent, and the end of the machine with its own.</summary>
internal static partial class EnclaveInit
{
    /// <summary>The arguments, one a line: measured with the image, and out of reach of whoever appends to the kernel's command line.</summary>
    public const string ArgumentsFile = "/e3/arguments";

    private const string ModulesFolder = "/e3/modules";
    private const string RandomSource = "/sys/class/misc/hw_random/rng_current";
    private const byte Heartbeat = 0xB7;
    private const int NoSuidNoExec = 2 | 8;
    private const int AlreadyThere = 16;
    private const int LoadModule = 313;
    private const int AutoBoot = 0x01234567;
    private static readonly TimeSpan HeartbeatTimeout = TimeSpan.FromSeconds(30);

    /// <summary>True in an enclave.</summary>
    public static bool IsFirstProcess => Environment.ProcessId == 1;

    /// <summary>Mounts what programs need, loads the modules of the image in the order of their names, and asks whether randomness comes from the security module. False when anything is missing.</summary>
    public static bool TryPrepare()
    {
        foreach ((string type, string target) in (ReadOnlySpan<(string, string)>)[("devtmpfs", "/dev"), ("proc", "/proc"), ("sysfs", "/sys")])
        {
            if (Mount(type, target, type, NoSuidNoExec, 0) != 0 && Marshal.GetLastPInvokeError() != AlreadyThere)
                return false;
        }

        string[] parameters = File.ReadAllText("/proc/cmdline").Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        foreach (string path in Directory.GetFiles(ModulesFolder).Order(StringComparer.Ordinal))
        {
            if (!TryLoad(path, parameters))
                return false;
        }

        return File.ReadAllText(RandomSource).Trim() == "nsm-hwrng";
    }

    /// <summary>Tells the parent that the engine listens, and waits until it has heard. False when it does not.</summary>
    public static async Task<bool> TrySendHeartbeatAsync(EnclaveAddress parent)
    {
        using var limit = new CancellationTokenSource(HeartbeatTimeout);
        using Socket socket = parent.CreateSocket();
        byte[] heard = [Heartbeat];
        try
        {
            await socket.ConnectAsync(parent.EndPoint, limit.Token).ConfigureAwait(false);
            await socket.SendAsync(heard, limit.Token).ConfigureAwait(false);
            return await socket.ReceiveAsync(heard, limit.Token).ConfigureAwait(false) == 1 && heard[0] == Heartbeat;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Ends the enclave: its parent sees it hang up.</summary>
    public static void PowerOff() => Reboot(AutoBoot);

    // A module's parameters stand on the kernel's command line as name.parameter=value; a kernel looks there for its own parts only.
    private static bool TryLoad(string path, string[] parameters)
    {
        string prefix = $"{Path.GetFileNameWithoutExtension(path).Split('-', 2)[^1]}.";
        string own = string.Join(' ', parameters.Where(parameter => parameter.StartsWith(prefix, StringComparison.Ordinal)).Select(parameter => parameter[prefix.Length..]));
        using SafeFileHandle file = File.OpenHandle(path);
        return SystemCall(LoadModule, file, own, 0) == 0;
    }

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, nuint flags, nint data);

    [LibraryImport("libc", EntryPoint = "syscall", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint SystemCall(nint number, SafeFileHandle file, string parameters, nint flags);

    [LibraryImport("libc", EntryPoint = "reboot")]
    private static partial void Reboot(int command);
}
