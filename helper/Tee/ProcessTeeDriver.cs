using System.ComponentModel;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Nsm;

namespace E3.Relay.Helper.Tee;

/// <summary>
/// Starts engines as plain processes beside a simulated security module. There is no enclave: whoever owns the machine can read their memory.
/// </summary>
internal sealed class ProcessTeeDriver(string engineSocket, string moduleSocket, Func<TeeImage, SimulatedNsm> createModule, ILogger logger) : ITeeDriver
{
    public async Task<ITeeInstance> StartAsync(TeeImage image, CancellationToken cancellationToken)
    {
        // Left behind by an engine that was killed. The state folder's lock says that nobody listens there.
        File.Delete(engineSocket);
        if (!EnclaveAddress.TryParse($"unix:{engineSocket}", out EnclaveAddress address))
            throw new HelperRefusedException(ExitCode.StateUnusable, $"The path of the engine's socket is too long: {engineSocket}");
        NsmServer module = new(moduleSocket, createModule(image));
        string[] arguments = ["--config", image.ConfigurationFile, "--listen", address.Text, "--nsm", $"unix:{moduleSocket}", "--parent-stdin"];
        try
        {
            return ProcessTeeInstance.Start(image.Executable, arguments, address, module, logger);
        }
        catch (Win32Exception e)
        {
            await module.DisposeAsync().ConfigureAwait(false);
            throw new HelperRefusedException(ExitCode.EngineMissing, $"{image.Executable} cannot be started: {e.Message}.");
        }
    }
}
