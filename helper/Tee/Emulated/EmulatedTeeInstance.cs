using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using E3.Relay.Enclave.Protocol.Transport;
using E3.Relay.Helper.Tee.Nitro;

namespace E3.Relay.Helper.Tee.Emulated;

/// <summary>An engine in an emulated Nitro Enclave. A bridge of its own leads from a Unix socket to its AF_VSOCK port, through the device's greeting.</summary>
internal sealed class EmulatedTeeInstance : ITeeInstance
{
    /// <summary>The port on which the engine listens in the enclave.</summary>
    public const int Port = 5000;

    private const int ConnectionsMax = 1024;
    private const int GreetingBytesMax = 32;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HeartbeatTimeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan DeviceInterval = TimeSpan.FromMilliseconds(10);
    private readonly string _image;
    private readonly string _device;
    private readonly string _guest;
    private readonly Process _vsock;
    private readonly EngineBridge _bridge;
    private readonly HeartbeatListener _heartbeat;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly uint _cid;
    private readonly ILogger _logger;
    private volatile Process? _machine;
    private volatile string _ending = "";
    private volatile bool _disposed;

    private EmulatedTeeInstance(EmulatorFolder emulator, string image, EnclaveAddress address, uint cid, ILogger logger)
    {
        _image = image;
        Address = address;
        _cid = cid;
        _logger = logger;
        string stem = Path.ChangeExtension(image, null);
        _device = $"{stem}.dev";
        _guest = $"{stem}.vm";

        // What the guest sends to port 9000 of its parent reaches this path. Only this guest's device writes there, so its CID need not be asked for.
        _heartbeat = new(new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint($"{_guest}_{HeartbeatListener.Port}"), _ => cid);
        _bridge = EngineBridge.Listen(address.CreateSocket(), address.EndPoint, ConnectionsMax, ConnectTimeout);
        _bridge.LeadTo(ConnectAsync);
        _vsock = ChildOfHelper.Start(emulator.Vsock, "--vm", $"guest-cid={cid},socket={_device},uds-path={_guest}");
        Exited = RunAsync(emulator);
    }

    public EnclaveAddress Address { get; }

    public int Id => (int)_cid;

    public Task Listening => _listening.Task;

    public Task Exited { get; }

    public string Ending => _ending;

    public TimeSpan? Activity => null;

    public static EmulatedTeeInstance Start(EmulatorFolder emulator, string image, EnclaveAddress address, uint cid, ILogger logger) => new(emulator, image, address, cid, logger);

    public void Terminate()
    {
        if (_machine is { } machine)
            ChildOfHelper.End(machine);
    }

    // Nothing but its end can be told to an enclave from outside.
    public Task EndAsync(TimeSpan limit)
    {
        Terminate();
        return Exited;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        Terminate();
        await Exited.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ChildOfHelper.End(_vsock);
        await _vsock.WaitForExitAsync().ConfigureAwait(false);
        await _bridge.DisposeAsync().ConfigureAwait(false);
        _heartbeat.Dispose();
        _vsock.Dispose();
        _machine?.Dispose();
        _stop.Dispose();
        foreach (string path in (string[])[_image, _device, _guest, $"{_guest}_{HeartbeatListener.Port}", Address.UnixPath!])
            File.Delete(path);
    }

    private async Task RunAsync(EmulatorFolder emulator)
    {
        try
        {
            while (!File.Exists(_device))
                await Task.Delay(DeviceInterval, _stop.Token).ConfigureAwait(false);
            _machine = ChildOfHelper.Start(
                emulator.Machine, "-M", "nitro-enclave,vsock=c,id=i-emulated-enc1", "-accel", "tcg", "-cpu", "max", "-m", "512M", "-smp", "2", "-kernel", _image, "-nodefaults", "-nographic",
                "-serial", "stdio", "-no-reboot", "-chardev", $"socket,id=c,path={_device}");
            Task output = ForwardAsync(_machine.StandardOutput);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            limit.CancelAfter(HeartbeatTimeout);
            Task heard = _heartbeat.WaitAsync(_cid, limit.Token);
            Task ended = _machine.WaitForExitAsync(CancellationToken.None);
            if (await Task.WhenAny(heard, ended).ConfigureAwait(false) == heard && heard.IsCompletedSuccessfully)
                _listening.TrySetResult();
            else if (!ended.IsCompleted)
                _ending = "no heartbeat came from it";
            if (!heard.IsCompletedSuccessfully)
                Terminate();
            await ended.ConfigureAwait(false);
            await limit.CancelAsync().ConfigureAwait(false);
            await heard.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await output.ConfigureAwait(false);
            if (_ending.Length == 0 && !_disposed)
                _ending = "the enclave hung up";
        }
        catch (OperationCanceledException)
        {
            // Ended before it was started.
        }
    }

    // The engine says event codes on the console, among what the kernel says there.
    private async Task ForwardAsync(StreamReader output)
    {
        while (await output.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            int at = line.IndexOf("E3 4", StringComparison.Ordinal);
            if (at >= 0 && line.Length - at <= 64)
                Log.EngineEvent(_logger, Id, line[(at + "E3 ".Length)..].Trim());
        }
    }

    // The device's greeting: CONNECT port, and OK with a number before anything else may be sent.
    private async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_guest), cancellationToken).ConfigureAwait(false);
            await socket.SendAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"CONNECT {Port}\n")), cancellationToken).ConfigureAwait(false);
            byte[] greeting = new byte[GreetingBytesMax];
            int length = 0;
            do
            {
                // One byte at a time: what follows the line is the engine's.
                if (length == GreetingBytesMax || await socket.ReceiveAsync(greeting.AsMemory(length, 1), cancellationToken).ConfigureAwait(false) == 0)
                    throw new IOException("The enclave does not listen.");
            }
            while (greeting[length++] != '\n');
            return greeting.AsSpan().StartsWith("OK "u8) ? socket : throw new IOException("The enclave does not listen.");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
