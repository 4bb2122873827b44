using System.Security.Cryptography;
using E3.Relay.Enclave.Client.Attestation;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Helper.Custody;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.Store;
using E3.Relay.Testing;

namespace E3.Relay.CrashMatrix;

/// <summary>A fleet of one helper on one store, with traffic: everything that runs play in, one after the other.</summary>
internal sealed class World : IAsyncDisposable
{
    private const int KeysOfAnApp = 6;
    private static readonly TimeSpan ReachMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StepMax = TimeSpan.FromSeconds(120);
    private readonly TempFolder _folder;
    private readonly StateFixture _store;
    private readonly string? _planted;
    private readonly Ledger _ledger = new();
    private readonly List<string> _apps = [];
    private HelperProcess? _helper;
    private HotPath? _hotPath;
    private int _made;

    private World(TempFolder folder, StateFixture store, string? planted)
    {
        _folder = folder;
        _store = store;
        _planted = planted;
        Directory.CreateDirectory(FailPoints);
    }

    /// <summary>True when the state is in PostgreSQL.</summary>
    public bool IsPostgres => _store.IsPostgres;

    private string State => _folder.PathOf("s");

    private string FailPoints => _folder.PathOf("points");

    /// <summary>Makes a world in which nothing was started yet.</summary>
    public static async Task<World> CreateAsync(bool postgres, bool both, string? planted)
    {
        var folder = new TempFolder();
        string[] settings = planted == PlantedFault.NoFlush ? ["synchronous_commit=off", "wal_writer_delay=10000ms"] : [];
        return new(folder, postgres ? await StateFixture.PostgresAsync(folder.Path, both, settings) : StateFixture.Sqlite(folder.Path), planted);
    }

    /// <summary>Plays one run and judges what came of it.</summary>
    public async Task<Finding> PlayAsync(Scenario scenario)
    {
        var finding = new Finding();
        if (scenario.Step == Step.Genesis)
            await BeginAsync(scenario, finding);
        else
            await InterruptAsync(scenario, finding);
        if (finding.HalfStates == 0)
            await JudgeAsync(finding);
        if (finding.Lost + finding.HalfStates > 0 && _planted is null)
            finding.Lines.Add(_helper?.Program.Transcript ?? "");
        return finding;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    // The first start, on nothing.
    private async Task BeginAsync(Scenario scenario, Finding finding)
    {
        Arm(scenario.Point);
        _helper = StartHelper();
        await UntilAsync(scenario);
        int engine = await EngineOfAsync();
        finding.Killed = await KillAsync(scenario.Victim, engine);
        await RecoverAsync(scenario.Victim, engine, finding);
        if (finding.HalfStates > 0)
            return;
        string? refusal = await _helper!.ChangeAsync("/apps/app-0");
        if (refusal is not null)
            finding.AddHalf($"no app can be made after genesis: {refusal}");
        _apps.Add("app-0");
    }

    private async Task InterruptAsync(Scenario scenario, Finding finding)
    {
        int engine = await _helper!.UntilReadyAsync() ?? 0;
        using var stop = new CancellationTokenSource();
        _hotPath ??= new HotPath(State);
        string candidate = $"app-{++_made}";
        string[] apps = [.. _apps, candidate];
        Task traffic = _hotPath.SealAsync(() => apps[RandomNumberGenerator.GetInt32(apps.Length)], _ledger, stop.Token);
        Func<Task<string?>> step = await PrepareAsync(scenario.Step, candidate);
        Arm(scenario.Point);
        Task<string?> stepping = step();
        await UntilAsync(scenario, stepping);
        if (scenario.Point is not null && !IsReached(scenario.Point))
            finding.AddHalf($"the step did not come so far: {(stepping.IsCompleted ? await stepping : "it hangs")}");

        // Where keys are used, some tokens are made with them.
        await Task.Delay(RandomNumberGenerator.GetInt32(scenario.Point == FailPoint.Used ? 100 : 10), CancellationToken.None);
        if (scenario.Step == Step.Restore)
            engine = await EngineOfAsync();
        finding.Killed = await KillAsync(scenario.Victim, engine);

        // Before anybody can mend it.
        if (scenario.Victim is Victim.Helper or Victim.HelperAndEngine)
            await JudgeStoresAsync(finding);
        await RecoverAsync(scenario.Victim, engine, finding);
        if (await Task.WhenAny(stepping, Task.Delay(StepMax, CancellationToken.None)) != stepping)
            finding.AddHalf("the step neither ends nor fails");
        await stop.CancelAsync();
        await traffic;
        if (scenario.Step == Step.Create)
            await SettleAsync(candidate, finding);
    }

    // What is stored of an app is all of it; what is not stored can be made again.
    private async Task SettleAsync(string candidate, Finding finding)
    {
        if (await _helper!.ChangeAsync($"/apps/{candidate}") is { } refusal && !refusal.Contains("exists already", StringComparison.Ordinal))
            finding.AddHalf($"the app cannot be made any more: {refusal}");
        _apps.Add(candidate);
    }

    private async Task<Func<Task<string?>>> PrepareAsync(Step step, string candidate)
    {
        string app = _apps[RandomNumberGenerator.GetInt32(_apps.Count)];
        if (step == Step.Create)
            return () => _helper!.ChangeAsync($"/apps/{candidate}");
        if (step == Step.Rotate)
            return () => _helper!.ChangeAsync($"/apps/{app}/keys/rotate?purpose=random&purpose=deterministic");
        if (step == Step.Retire)
        {
            string keyId = await RetirableAsync(app);
            return () => _helper!.ChangeAsync($"/apps/{app}/keys/{keyId}/retire");
        }

        if (step == Step.Rewrap)
        {
            using SimulatedSigning signing = SimulatedSigning.Open(State);
            byte[] order = signing.SignRewrapOrder();
            return () => _helper!.ChangeAsync("/root/rewrap", order);
        }

        await EndHelperAsync();
        await _store.PutBackAsync();
        return async () =>
        {
            HelperProcess started = _helper = StartHelper();
            return await started.UntilReadyAsync() is null ? "it is not ready" : null;
        };
    }

    private async Task<string> RetirableAsync(string app)
    {
        for (int attempt = 0; attempt < 3; attempt++)
        {
            KeyReportOf[] random = [.. (await _helper!.KeysAsync(app)).Where(static key => key.Purpose == "random").Select(static key => new KeyReportOf(key.KeyId, key.Version, key.Retired))];
            if (random.OrderBy(static key => key.Version).SkipLast(1).FirstOrDefault(static key => !key.Retired) is { } key)
                return key.KeyId;
            await _helper.ChangeAsync($"/apps/{app}/keys/rotate?purpose=random");
        }

        return "0000000000000000";
    }

    private void Arm(string? point)
    {
        foreach (string file in Directory.GetFiles(FailPoints))
            File.Delete(file);
        if (point is not null)
            File.WriteAllBytes(Path.Combine(FailPoints, point), []);
    }

    private bool IsReached(string point) => File.Exists(Path.Combine(FailPoints, $"{point}.reached"));

    private async Task UntilAsync(Scenario scenario, Task? stepping = null)
    {
        if (scenario.Point is null)
        {
            // Most steps are over after a hundredth of a second; the others and a start take much longer.
            int bound = scenario.Step == Step.Genesis || scenario.Step == Step.Rewrap || scenario.Step == Step.Restore ? 1500 : 60;
            await Task.Delay(RandomNumberGenerator.GetInt32(bound), CancellationToken.None);
            return;
        }

        using var limit = new CancellationTokenSource(ReachMax);
        while (!IsReached(scenario.Point) && !limit.IsCancellationRequested && stepping is not { IsCompleted: true })
            await Task.Delay(2, CancellationToken.None);
    }

    private async Task<int> EngineOfAsync() => (await _helper!.StatusAsync())?.Engine ?? 0;

    // False when there was nothing to kill yet.
    private async Task<bool> KillAsync(Victim victim, int engine)
    {
        bool killed = victim.HasFlag(Victim.Postgres);
        if (victim.HasFlag(Victim.Engine) && engine != 0)
            killed |= TryKill(engine);
        if (victim.HasFlag(Victim.Helper) && _helper is not null)
        {
            _helper.Program.Kill();
            await _helper.DisposeAsync();
            _helper = null;
            killed = true;
        }

        if (victim.HasFlag(Victim.Postgres))
            await _store.KillAsync();
        Arm(null);
        return killed;
    }

    private static bool TryKill(int process)
    {
        try
        {
            ChildProgram.Signal(process, 9);
            return true;
        }
        catch (InvalidOperationException)
        {
            // It has gone by itself.
            return false;
        }
    }

    private async Task RecoverAsync(Victim victim, int killed, Finding finding)
    {
        if (victim.HasFlag(Victim.Postgres))
            await _store.StartAgainAsync();
        if (_helper is null || _helper.Program.HasExited)
            _helper = StartHelper();
        if (await _helper.UntilReadyAsync(victim == Victim.Engine ? killed : 0) is null)
            finding.AddHalf($"it is not ready: {(await _helper.StatusAsync())?.Reason}");
    }

    private async Task JudgeAsync(Finding finding)
    {
        _hotPath ??= new HotPath(State);
        await _hotPath.OpenAllAsync(_ledger, finding);
        await JudgeStoresAsync(finding);
    }

    // No token is under a key that some store does not have, at any time; and an app has all of its keys or none.
    private async Task JudgeStoresAsync(Finding finding)
    {
        IReadOnlyList<StoreState> stores;
        try
        {
            stores = await _store.ReadAsync(TrustFile.Parse(await File.ReadAllBytesAsync(Path.Combine(State, "trust.json"))).FleetId);
        }
        catch (StoreException e)
        {
            finding.AddLost($"what is stored cannot be read: {e.Message}");
            return;
        }

        foreach (StoreState stored in stores)
            Judge(stored, finding);
    }

    private void Judge(StoreState stored, Finding finding)
    {
        SealedEntry[] entries = [.. stored.Snapshot.Entries.Select(static bytes => SealedEntry.TryRead(bytes, out SealedEntry entry) ? entry : throw new InvalidDataException())];
        var keys = entries.Where(static entry => entry.Purpose < KeyPurpose.Retirement).Select(static entry => Convert.ToHexStringLower(entry.KeyId.Span)).ToHashSet(StringComparer.Ordinal);
        foreach (string keyId in _ledger.ByApp.SelectMany(static app => app).Select(static token => token.KeyId).Distinct().Where(keyId => !keys.Contains(keyId)))
            finding.AddLost($"there are tokens under key {keyId}, which a store does not have");
        foreach (IGrouping<string, SealedEntry> app in entries.Where(static entry => entry.Purpose < KeyPurpose.Retirement && entry.KeyVersion == 1).GroupBy(static entry => entry.App))
        {
            if (app.Count() != KeysOfAnApp)
                finding.AddHalf($"app {app.Key} has {app.Count()} of its {KeysOfAnApp} keys");
        }
    }

    private HelperProcess StartHelper() => HelperProcess.Start(State, FailPoints, _planted, _store.Arguments);

    private async Task EndHelperAsync()
    {
        if (_helper is null)
            return;
        _helper.Program.CloseInput();
        await _helper.Program.WaitForExitAsync();
        await _helper.DisposeAsync();
        _helper = null;
    }

    private async Task StopAsync()
    {
        if (_hotPath is not null)
            await _hotPath.DisposeAsync();
        if (_helper is not null)
            await _helper.DisposeAsync();
    }

    private sealed record KeyReportOf(string KeyId, uint Version, bool Retired);
}
