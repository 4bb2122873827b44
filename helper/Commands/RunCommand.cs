using System.Net.Sockets;
using System.Runtime.InteropServices;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Helper.Admin;
using E3.Relay.Helper.Administration;
using E3.Relay.Helper.Audit;
using E3.Relay.Helper.Configuration;
using E3.Relay.Helper.Custody;
using E3.Relay.Helper.Custody.Fleet;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.State;
using E3.Relay.Helper.Statistics;
using E3.Relay.Helper.Store;
using E3.Relay.Helper.Tee;
using E3.Relay.Helper.Tee.Emulated;
using E3.Relay.Helper.Tee.Nitro;

namespace E3.Relay.Helper.Commands;

/// <summary><c>helper run</c>: one engine, kept ready until the helper is told to end.</summary>
internal sealed class RunCommand(RunSettings settings, TimeProvider time, ILogger logger)
{
    private const int BridgeConnectionsMax = 1024;
    private static readonly TimeSpan BridgeConnectTimeout = TimeSpan.FromSeconds(5);

    /// <exception cref="HelperRefusedException">The helper does not start.</exception>
    public async Task<int> RunAsync()
    {
        string? environment = Environment.GetEnvironmentVariable(DevelopmentGate.Variable);
        HelperSettings? administered = settings.SettingsFile is null ? null : HelperSettingsReader.Read(settings.SettingsFile, environment);
        if (administered is null)
            DevelopmentGate.Check(environment);
        if (administered is not null && settings.Emulator is not null)
            throw new HelperRefusedException(ExitCode.Refused, "The emulated enclave has simulated administrators: --emulator goes without --settings.");
        foreach (string app in settings.EnsureApps)
        {
            if (!Names.IsValid(app))
                throw new HelperRefusedException(ExitCode.Refused, $"'{app}' is no name for an app: 1 to 64 characters of a-z, 0-9, '-', '_' and '.'.");
        }

        string engine = administered?.Nitro?.Path ?? EngineProgram.Find(settings.Enclave, AppContext.BaseDirectory);
        using StateFolder folder = StateFolder.Open(settings.StateFolder);

        // Never disposed of: its end may come from a signal or the parent while the program is ending anyway.
        var stop = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = OnSignal(PosixSignal.SIGINT, stop, ignored: settings.EndsWithParent);
        using PosixSignalRegistration terminate = OnSignal(PosixSignal.SIGTERM, stop, ignored: false);
        if (settings.EndsWithParent)
            EndWithParent(stop);
        try
        {
            using IFleet fleet = administered is null ? DevelopmentFleet.Open(folder, isEmulated: settings.Emulator is not null, time) : new AdministeredFleet(administered, folder, time, logger);
            await ServeAsync(folder, fleet, engine, administered?.Nitro?.Settings, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to end before everything had started.
        }
        finally
        {
            File.Delete(folder.EngineSocket);
            File.Delete(folder.AdminSocket);
        }

        Log.Stopped(logger);
        return (int)ExitCode.Success;
    }

    private async Task ServeAsync(StateFolder folder, IFleet fleet, string engine, NitroSettings? nitro, CancellationToken cancellationToken)
    {
        var image = new TeeImage(engine, fleet.ConfigurationFile);
        await using EngineBridge? bridge = nitro is null ? null : Bridge(folder);
        ITeeDriver driver = nitro is null ? CreateDriver(folder, fleet) : NitroTeeDriver.OfKernel(nitro, bridge!.LeadTo);
        using var engines = new EngineSet();
        var supervisor = new Supervisor(driver, image, engines, Supervision(nitro is not null || settings.Emulator is not null), time, logger);

        // The engine boots while everything else is made ready.
        ITeeInstance first = await supervisor.StartFirstAsync(cancellationToken).ConfigureAwait(false);
        await using (first.ConfigureAwait(false))
        {
            if (fleet is AdministeredFleet)
                AdministrationLog.SimulatedModule(logger, folder.Simulated(""));
            else
                Log.SimulatedKeys(logger, folder.Simulated(""));

            // Each engine is measured as it is started: one whose files were changed meanwhile is not the one that is trusted.
            TeeMeasurement measurement = driver.Measure(image);
            Task<IRunningKeyAuthority> startingAuthority = fleet.StartKeyAuthorityAsync(measurement, logger, cancellationToken);
            using CallerIdentity caller = fleet.OpenCaller();
            TrustPublisher publisher = fleet.Publisher(folder.TrustFile, measurement);
            await using IRunningKeyAuthority authority = await startingAuthority.ConfigureAwait(false);
            StateHome home = await OpenHomeAsync(folder, fleet, cancellationToken).ConfigureAwait(false);
            await using StoreSet store = home.Store;
            await using IFleetRegister register = home.Register;
            var sessions = new EngineSessions(publisher, caller, time);
            var keeper = new StateKeeper(store, engines, register, new(sessions, logger), sessions, time, logger);
            var keys = new KeyLifecycle(keeper, engines, sessions, time, logger);
            var custodian = new Custodian(folder, store, authority.Authority, fleet.Ceremony, publisher, caller, time, logger);
            var rewrap = new RootRewrap(
                keeper, store, engines, sessions, custodian, async token => driver.RunsSideBySide ? await driver.StartAsync(image, token).ConfigureAwait(false) : null, logger);
            using var audit = AuditLog.Open(new(folder.Audit), time, logger);
            var admin = new AdminApi(supervisor, engines, keeper, keys, rewrap, audit, new(store, fleet.FleetId, time), snapshot => Describe(supervisor.Status, snapshot, store.Reports, fleet, isSimulated: nitro is null, measurement));

            Task<WebApplication> serving = StartAdminAsync(admin, folder.AdminSocket, cancellationToken);
            var care = new EngineCare
            {
                BringUp = custodian.BringUpAsync,
                CatchUp = keeper.CatchUpAsync,
                NextImage = _ => Task.FromResult(image),
                Probe = engine => new EngineProbe(token => EngineCalls.OpenAsync(engine.Address, caller, publisher.Published(), RootExpectation.Signed, time, token)),
                WhenServing = async (engine, elapsed, token) =>
                {
                    await serving.ConfigureAwait(false);
                    await EnsureAppsAsync(keys, token).ConfigureAwait(false);
                    StateSnapshot snapshot = keeper.Known.Snapshot;
                    Log.Ready(logger, engine.Id, snapshot.Apps.Count, snapshot.Entries.Count, (int)elapsed.TotalMilliseconds);
                },
            };
            await using StatisticsReporter reporter = await StatisticsReporter.StartAsync(
                supervisor, settings.Statistics, Convert.ToHexStringLower(fleet.FleetId.Span), time, cancellationToken).ConfigureAwait(false);
            Task supervising = supervisor.RunAsync(first, care, cancellationToken);
            Task following = keeper.FollowAsync(() => _ = ReplaceOutdatedAsync(supervisor), cancellationToken);
            if (fleet is DevelopmentFleet development)
                _ = DevelopmentRenewal.RunAsync(development, publisher, () => keeper.Known.Root?.Genesis ?? [], time, cancellationToken);
            await using WebApplication api = await serving.ConfigureAwait(false);
            await supervising.ConfigureAwait(false);
            while (fleet.Ceremony is GenesisCeremony { IsPending: true } ceremony && !cancellationToken.IsCancellationRequested)
            {
                await ceremony.WaitAsync(cancellationToken).ConfigureAwait(false);
                ITeeInstance next = await supervisor.StartFirstAsync(cancellationToken).ConfigureAwait(false);
                await using (next.ConfigureAwait(false))
                    await supervisor.RunAsync(next, care, cancellationToken).ConfigureAwait(false);
            }

            // The state was refused: whoever asks for the status learns why, until somebody ends the helper.
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await following.ConfigureAwait(false);
        }
    }

    private static async Task ReplaceOutdatedAsync(Supervisor supervisor)
    {
        try
        {
            await supervisor.ReplaceAsync("all state moved to another root key").ConfigureAwait(false);
        }
        catch (ReplacementException)
        {
            // The log says why. The one that serves is asked after again.
        }
    }

    private async Task<WebApplication> StartAdminAsync(AdminApi admin, string socket, CancellationToken cancellationToken)
    {
        await Task.Yield();
        WebApplication api = await admin.StartAsync(socket, cancellationToken).ConfigureAwait(false);
        Log.AdminListening(logger, socket);
        return api;
    }

    private async Task EnsureAppsAsync(KeyLifecycle keys, CancellationToken cancellationToken)
    {
        try
        {
            await keys.EnsureAsync(settings.EnsureApps, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EnclaveException or EnclaveUnavailableException or AttestationRefusedException or StoreException)
        {
            Log.AppNotCreated(logger, string.Join(", ", settings.EnsureApps), e.Message);
        }
    }

    // An enclave boots a whole kernel, an emulated one without the processor's help.
    private SupervisionSettings Supervision(bool bootsKernel) => bootsKernel ? settings.Supervision with { BringUpTimeout = TimeSpan.FromMinutes(2) } : settings.Supervision;

    // Callers know a path, and an enclave has another CID each time.
    private static EngineBridge Bridge(StateFolder folder)
    {
        File.Delete(folder.EngineSocket);
        return EngineBridge.Listen(
            new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(folder.EngineSocket), BridgeConnectionsMax, BridgeConnectTimeout);
    }

    private ITeeDriver CreateDriver(StateFolder folder, IFleet fleet)
    {
        if (settings.Emulator is { } emulator)
        {
            Log.EmulatedTee(logger);
            return new EmulatedTeeDriver(EmulatorFolder.Open(emulator), folder.EngineSocket, logger);
        }

        Log.SimulatedTee(logger);
        return new ProcessTeeDriver(folder.EngineSocket, folder.ModuleSocket, image => fleet.CreateModule(TeeMeasurement.Of(image.Executable, image.ConfigurationFile)), logger);
    }

    private async Task<StateHome> OpenHomeAsync(StateFolder folder, IFleet fleet, CancellationToken cancellationToken)
    {
        try
        {
            StoreSource[] sources = settings.Stores.Count == 0
                ? [StoreSource.Sqlite(folder.Database, time)]
                : [.. settings.Stores.Distinct(StringComparer.Ordinal).Select(text => StoreSource.Parse(text, time))];
            return await StateHome.OpenAsync(folder, sources, fleet.FleetId.ToArray(), time, logger, cancellationToken).ConfigureAwait(false);
        }
        catch (FormatException e)
        {
            throw new HelperRefusedException(ExitCode.Refused, e.Message);
        }
        catch (StoreException e)
        {
            throw new HelperRefusedException(ExitCode.StateUnusable, $"A store cannot be used: {e.Reason}.");
        }
    }

    private static StatusReport Describe(EngineStatus status, StateSnapshot? snapshot, IReadOnlyList<StoreReport> stores, IFleet fleet, bool isSimulated, TeeMeasurement measurement) => new(
        StatusReport.ConditionOf(status.Condition),
        status.Reason,
        isSimulated,
        Convert.ToHexStringLower(fleet.FleetId.Span),
        status.EngineId,
        status.Restarts,
        status.Replacements,
        snapshot?.Chain.Length,
        snapshot is null ? null : Convert.ToHexStringLower(snapshot.Chain.Head.Span),
        [.. stores.Select(static store => new StoreStatus(store.Name, store.Condition.ToString().ToLowerInvariant(), store.Reason, store.Generation, store.Entries))],
        Convert.ToHexStringLower(measurement.Pcr0),
        Convert.ToHexStringLower(measurement.Pcr1),
        Convert.ToHexStringLower(measurement.Pcr2));

    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource stop, bool ignored) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        if (!ignored)
            stop.Cancel();
    });

    // The parent holds the other end of our standard input, and its end, however it comes, is ours.
    private static void EndWithParent(CancellationTokenSource stop)
    {
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
}
