using E3.Relay.Helper.Eif;

namespace E3.Relay.Helper.Tee.Emulated;

/// <summary>A folder with QEMU's nitro-enclave machine, the device that plays AF_VSOCK, a kernel, and its modules (as <c>.ci/install-emulator</c> makes one).</summary>
internal sealed class EmulatorFolder
{
    private readonly string _path;

    private EmulatorFolder(string path) => _path = path;

    /// <summary>The script that starts QEMU with its own libraries.</summary>
    public string Machine => Path.Combine(_path, "qemu-nitro");

    /// <summary>The device.</summary>
    public string Vsock => Path.Combine(_path, "vhost-device-vsock");

    /// <summary>Opens the folder.</summary>
    /// <exception cref="HelperRefusedException">Something of it is not there.</exception>
    public static EmulatorFolder Open(string path)
    {
        var folder = new EmulatorFolder(Path.GetFullPath(path));
        foreach (string needed in (string[])[folder.Machine, folder.Vsock, folder.Kernel, folder.ModuleOrder])
        {
            if (!File.Exists(needed))
                throw new HelperRefusedException(ExitCode.TeeUnavailable, $"There is no {needed}; make the emulator with .ci/install-emulator.");
        }

        return folder;
    }

    /// <summary>The image that an emulated enclave boots. The parent's context is 2 there, and nothing that its security module says is signed.</summary>
    public EifImage Build(TeeImage image) => EifBuilder.Build(new()
    {
        Kernel = File.ReadAllBytes(Kernel),
        Engine = File.ReadAllBytes(image.Executable),
        Configuration = File.ReadAllBytes(image.ConfigurationFile),
        Modules = [.. File.ReadLines(ModuleOrder).Select(name => (Path.GetFileName(name), (ReadOnlyMemory<byte>)File.ReadAllBytes(Path.Combine(_path, name))))],
        Arguments = ["--config", EifBuilder.ConfigurationPath, "--listen", $"vsock:4294967295:{EmulatedTeeInstance.Port}", "--nsm", "/dev/nsm", "--heartbeat", "vsock:2:9000", "--emulated"],
        Name = "e3-relay-emulated",
    });

    private string Kernel => Path.Combine(_path, "vmlinuz");

    private string ModuleOrder => Path.Combine(_path, "modules", "order");
}
