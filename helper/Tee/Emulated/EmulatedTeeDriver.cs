using System.ComponentModel;
using System.Globalization;
using System.Security.Cryptography;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Eif;

namespace E3.Relay.Helper.Tee.Emulated;

/// <summary>
/// Starts engines in emulated Nitro Enclaves: the same image format, boot, security module calls and AF_VSOCK, without any protection from the machine. The static engine and the configuration are
/// made into an image on the way.
/// </summary>
internal sealed class EmulatedTeeDriver : ITeeDriver
{
    private const int NameBytes = 3;
    private const uint FirstCid = 16;
    private readonly EmulatorFolder _emulator;
    private readonly string _published;
    private readonly ILogger _logger;
    private uint _nextCid = FirstCid;

    /// <param name="emulator">The programs.</param>
    /// <param name="published">The path that callers know.</param>
    /// <param name="logger">Takes the engines' event codes.</param>
    public EmulatedTeeDriver(EmulatorFolder emulator, string published, ILogger logger)
    {
        _emulator = emulator;
        _published = published;
        _logger = logger;

        // Left behind by those that were killed. The state folder's lock says that nobody of ours listens there.
        foreach (string left in Directory.EnumerateFiles(Path.GetDirectoryName(published)!, Path.GetFileName(OwnPath("*"))))
            File.Delete(left);
    }

    public bool RunsSideBySide => true;

    public TeeMeasurement Measure(TeeImage image) => EifMeasurement.Of(_emulator.Build(image));

    public async Task<ITeeInstance> StartAsync(TeeImage image, CancellationToken cancellationToken)
    {
        string socket = OwnPath(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NameBytes)));
        if (!EnclaveAddress.TryParse($"unix:{socket}", out EnclaveAddress address))
            throw new HelperRefusedException(ExitCode.StateUnusable, $"The path of the engine's socket is too long: {socket}");
        string file = Path.ChangeExtension(socket, "eif");
        await File.WriteAllBytesAsync(file, _emulator.Build(image).Write(), cancellationToken).ConfigureAwait(false);
        uint cid = Interlocked.Increment(ref _nextCid);
        try
        {
            return EmulatedTeeInstance.Start(_emulator, file, address, cid, _logger);
        }
        catch (Win32Exception e)
        {
            File.Delete(file);
            throw new HelperRefusedException(ExitCode.TeeUnavailable, string.Create(CultureInfo.InvariantCulture, $"The emulator cannot be started: {e.Message}."));
        }
    }

    public void Publish(ITeeInstance instance) => PublishedSocket.LeadTo(_published, instance.Address.UnixPath!);

    private string OwnPath(string name) => $"{Path.ChangeExtension(_published, null)}.{name}{Path.GetExtension(_published)}";
}
