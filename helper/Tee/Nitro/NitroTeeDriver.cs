using System.Net.Sockets;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Eif;

namespace E3.Relay.Helper.Tee.Nitro;

/// <summary>Starts engines in AWS Nitro Enclaves. Callers reach the one that serves through a bridge, so its CID may be another each time.</summary>
/// <param name="settings">How enclaves are made.</param>
/// <param name="calls">The kernel.</param>
/// <param name="listen">Makes a listener for heartbeats; the port is bound only while an enclave starts.</param>
/// <param name="publish">Leads callers to an address.</param>
internal sealed class NitroTeeDriver(NitroSettings settings, INitroCalls calls, Func<IHeartbeatListener> listen, Action<EnclaveAddress> publish) : ITeeDriver, IDisposable
{
    // Those of nitro-cli: 90 s for each 6 GiB of image and each 100 GiB of memory, begun.
    private static readonly TimeSpan HeartbeatStep = TimeSpan.FromSeconds(90);
    private const long ImageStep = 6L << 30;
    private const long MemoryStep = 100L << 30;

    // The port of the heartbeat is one for all.
    private readonly SemaphoreSlim _starting = new(1);

    public bool RunsSideBySide => settings.Cid == 0;

    /// <summary>The driver of this machine's kernel.</summary>
    public static NitroTeeDriver OfKernel(NitroSettings settings, Action<EnclaveAddress> publish) => new(
        settings,
        new NitroCalls(),
        static () => new HeartbeatListener(
            VsockEndPoint.CreateSocket(), new VsockEndPoint(HeartbeatListener.ParentCid, HeartbeatListener.Port), static peer => peer.RemoteEndPoint is VsockEndPoint { Cid: uint cid } ? cid : 0),
        publish);

    public TeeMeasurement Measure(TeeImage image) => EifMeasurement.Of(Read(image.Executable, out _));

    public async Task<ITeeInstance> StartAsync(TeeImage image, CancellationToken cancellationToken)
    {
        Read(image.Executable, out byte[] file);
        await _starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        IHeartbeatListener? listener = null;
        NitroEnclave? enclave = null;
        try
        {
            // Both before the start: an enclave that finds nobody to send its heartbeat to gives up.
            listener = Listen();
            enclave = NitroEnclave.Create(calls, settings, file);
            enclave.Start(settings.Cid, settings.Debug);
            if (!EnclaveAddress.TryParse($"vsock:{enclave.Cid}:{settings.Port}", out EnclaveAddress address))
                throw new InvalidOperationException("A CID and a port are an address.");
            IHeartbeatListener waiting = listener;
            return NitroTeeInstance.Watch(enclave, address, WaitAsync, HeartbeatTimeout(file.Length, (long)settings.MemoryMiB << 20));

            async Task WaitAsync(uint cid, CancellationToken token)
            {
                try
                {
                    await waiting.WaitAsync(cid, token).ConfigureAwait(false);
                }
                finally
                {
                    waiting.Dispose();
                    _starting.Release();
                }
            }
        }
        catch
        {
            enclave?.Dispose();
            listener?.Dispose();
            _starting.Release();
            throw;
        }
    }

    public void Publish(ITeeInstance instance) => publish(instance.Address);

    public void Dispose() => _starting.Dispose();

    internal static TimeSpan HeartbeatTimeout(long imageBytes, long memoryBytes) =>
        HeartbeatStep * (((imageBytes + ImageStep - 1) / ImageStep) + ((memoryBytes + MemoryStep - 1) / MemoryStep));

    private IHeartbeatListener Listen()
    {
        try
        {
            return listen();
        }
        catch (SocketException)
        {
            throw new HelperRefusedException(ExitCode.TeeUnavailable, "This machine has no AF_VSOCK; load the module vsock.");
        }
    }

    private static EifImage Read(string path, out byte[] bytes)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > EifImage.FileBytesMax)
            throw new HelperRefusedException(ExitCode.EngineMissing, $"There is no enclave image at {path}.");
        bytes = File.ReadAllBytes(path);
        EifError error = EifImage.Read(bytes, out EifImage image);
        return error == EifError.None ? image : throw new HelperRefusedException(ExitCode.EngineMissing, $"{path} is no enclave image: {error}.");
    }
}
