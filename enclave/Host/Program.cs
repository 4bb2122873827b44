using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using E3.Relay.Enclave.Engine;
using E3.Relay.Enclave.Host;

const int Refused = 2;

if (!EnclaveInit.IsFirstProcess)
    return await ServeAsync(args);
try
{
    return EnclaveInit.TryPrepare() ? await ServeAsync(File.ReadAllLines(EnclaveInit.ArgumentsFile)) : Refuse(EventCode.EnclaveUnusable);
}
finally
{
    // Whatever happened: nothing else lives in an enclave.
    EnclaveInit.PowerOff();
}

static async Task<int> ServeAsync(string[] args)
{
    if (HostArguments.TryRead(args) is not { } arguments)
        return Refuse(EventCode.ArgumentsInvalid);

    if (!ProcessProtection.TryApply())
        return Refuse(EventCode.ProtectionRefused);

    // Never disposed of: the watcher of the input may cancel it until the process is gone.
    var stop = new CancellationTokenSource();
    if (arguments.EndsWithParent)
        EndWithParent(stop);

    try
    {
        // A development configuration on a real module would make real-looking evidence for test tokens, and the reverse would make real tokens without evidence.
        if (MeasuredConfiguration.TryRead(File.ReadAllBytes(arguments.ConfigurationFile)) is not { } configuration || configuration.Simulated != arguments.HasSimulatedModule)
            return Refuse(EventCode.ConfigurationRefused);
        using X509Certificate2 certificate = BootCertificate.Create();
        ISecurityModule module = arguments.HasModuleSocket ? new NsmSocket(arguments.SecurityModule["unix:".Length..]) : new NsmDevice(arguments.SecurityModule);
        var engine = new Engine(configuration, module, certificate.PublicKey.ExportSubjectPublicKeyInfo(), TimeProvider.System);
        using var listener = new EnclaveListener(engine, arguments.Listen, certificate);
        await engine.PrepareAsync();
        Task<bool> serving = listener.RunAsync(stop.Token);
        if (arguments.Heartbeat is { } parent && !await EnclaveInit.TrySendHeartbeatAsync(parent))
            return Refuse(EventCode.ParentUnreachable);
        Say(EventCode.Listening);

        // A session that does not end keeps its keys until the process is gone, rather than working on under zeroed ones.
        if (await serving)
            engine.Dispose();
        Say(EventCode.Stopped);
    }
    catch (SocketException)
    {
        return Refuse(EventCode.AddressUnavailable);
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException)
    {
        return Refuse(EventCode.ConfigurationRefused);
    }

    return 0;
}

static int Refuse(EventCode code)
{
    Say(code);
    return Refused;
}

static void Say(EventCode code) => Console.WriteLine($"E3 {(int)code} {code.ToString().ToLowerInvariant()}");

// The parent holds the other end of our standard input: its end, however it comes, is ours. Ctrl-C reaches the whole group and is the parent's to handle.
static void EndWithParent(CancellationTokenSource stop)
{
    PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);
    var watcher = new Thread(() =>
    {
        using Stream input = Console.OpenStandardInput();
        byte[] ignored = new byte[256];
        while (input.Read(ignored) > 0)
            continue;
        stop.Cancel();
    })
    { IsBackground = true };
    watcher.Start();
}
