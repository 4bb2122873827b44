using System.ComponentModel;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Nsm;

namespace E3.Relay.Helper.Tee;

/// <summary>
/// Starts engines as plain processes beside a simulated security module. There is no enclave: whoever owns the machine can read their memory.
/// Each engine has sockets of its own; the one that callers know is a symbolic link to the engine that serves.
/// </summary>
internal sealed class ProcessTeeDriver : ITeeDriver
{
    private const int NameBytes = 3;
    private readonly string _published;
    private readonly string _module;
    private readonly Func<TeeImage, SimulatedNsm> _createModule;
    private readonly ILogger _logger;

    /// <param name="published">The path that callers know.</param>
    /// <param name="module">What the paths of security modules' sockets are made from.</param>
    /// <param name="createModule">Makes the security module of an engine.</param>
    /// <param name="logger">Takes the engines' event codes.</param>
    public ProcessTeeDriver(string published, string module, Func<TeeImage, SimulatedNsm> createModule, ILogger logger)
    {
        _published = published;
        _module = module;
        _createModule = createModule;
        _logger = logger;

        // Left behind by those that were killed. The state folder's lock says that nobody of ours listens there.
        foreach (string path in (string[])[published, module])
        {
            foreach (string left in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, Path.GetFileName(OwnPath(path, "*"))))
                File.Delete(left);
        }
    }

    public bool RunsSideBySide => true;

    public TeeMeasurement Measure(TeeImage image) => TeeMeasurement.Of(image.Executable, image.ConfigurationFile);

    public async Task<ITeeInstance> StartAsync(TeeImage image, CancellationToken cancellationToken)
    {
        // A name that no other engine ever had: one that ends late removes its own socket, and nobody else's.
        string name = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NameBytes));
        string socket = OwnPath(_published, name);
        if (!EnclaveAddress.TryParse($"unix:{socket}", out EnclaveAddress address))
            throw new HelperRefusedException(ExitCode.StateUnusable, $"The path of the engine's socket is too long: {socket}");
        string moduleSocket = OwnPath(_module, name);
        NsmServer module = new(moduleSocket, _createModule(image));
        string[] arguments = ["--config", image.ConfigurationFile, "--listen", address.Text, "--nsm", $"unix:{moduleSocket}", "--parent-stdin"];
        try
        {
            return ProcessTeeInstance.Start(image.Executable, arguments, address, module, _logger);
        }
        catch (Win32Exception e)
        {
            await module.DisposeAsync().ConfigureAwait(false);
            throw new HelperRefusedException(ExitCode.EngineMissing, $"{image.Executable} cannot be started: {e.Message}.");
        }
    }

    public void Publish(ITeeInstance instance) => PublishedSocket.LeadTo(_published, instance.Address.UnixPath!);

    private static string OwnPath(string path, string name) => $"{Path.ChangeExtension(path, null)}.{name}{Path.GetExtension(path)}";
}
