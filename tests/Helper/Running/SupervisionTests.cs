using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Helper.Custody;
using E3.Relay.Helper.Store;
using E3.Relay.Testing;
using Microsoft.Data.Sqlite;

namespace E3.Relay.Helper.Tests.Running;

[Collection(nameof(RunningHelper))]
public sealed class SupervisionTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string State => _folder.PathOf("s");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Engine_KilledAgainAndAgain_IsBroughtBackWithItsKeys()
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", "shop");
        TransformResult token = await helper.EncryptAsync("shop", "secret");
        for (int kills = 1; kills <= 2; kills++)
        {
            Kill((await helper.StatusAsync()).GetProperty("engine").GetInt32());
            await helper.UntilAsync(RunningHelper.Ready, kills + 1);
            Assert.Equal("secret", Encoding.UTF8.GetString((await helper.DecryptAsync("shop", token.Value)).Value.Span));
            Assert.Equal(kills, (await helper.StatusAsync()).GetProperty("restarts").GetInt32());
        }
    }

    [Fact]
    public async Task Engine_KilledWhileBooting_IsStartedAgain()
    {
        await using RunningHelper helper = RunningHelper.Start(State);
        string line = await helper.Program.WaitForLineAsync("4001 listening");
        Kill(int.Parse(line.Split("engine ")[1].Split(':')[0], System.Globalization.CultureInfo.InvariantCulture));
        await helper.Program.WaitForLineAsync(RunningHelper.Ready);
        Assert.Equal("ready", (await helper.StatusAsync()).GetProperty("condition").GetString());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 100)]
    [InlineData(3, 200)]
    [InlineData(7, 3200)]
    [InlineData(8, 5000)]
    [InlineData(1_000_000, 5000)]
    public void Delay_AfterFailures_IsBounded(int failures, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Supervisor.Delay(failures));

    [Fact]
    public async Task Entry_Tampered_IsNeverReady()
    {
        await EndedAsync("shop");
        Execute("DROP TRIGGER entries_hold; UPDATE entries SET bytes = zeroblob(100) WHERE position = 2");
        await RefusesAsync("the store of sealed entries is refused: EntryChanged");
    }

    // Whoever owns the store can compute every digest and head anew. The engine still refuses: the entry is sealed under the root key.
    [Fact]
    public async Task Entry_TamperedWithTheWholeChain_IsRefusedByTheEngine()
    {
        await EndedAsync("shop");
        var entries = new List<byte[]>();
        Query("SELECT bytes FROM entries ORDER BY position", reader => entries.Add(reader.GetFieldValue<byte[]>(0)));
        entries[^1][^1] ^= 1;
        var chain = new StateChain();
        entries.ForEach(entry => chain.Append(entry));
        Execute($"DROP TRIGGER entries_hold; UPDATE entries SET bytes = x'{Convert.ToHexString(entries[^1])}', digest = x'{Convert.ToHexString(SHA256.HashData(entries[^1]))}' WHERE position = {entries.Count}; DROP TRIGGER appends_hold; UPDATE appends SET head = x'{Convert.ToHexString(chain.Head.Span)}'");
        await RefusesAsync("the engine refuses the state: EntryRejected");
    }

    [Fact]
    public async Task Store_EmptiedAfterGenesis_IsNotTakenForNew()
    {
        await EndedAsync("shop");
        string trust = File.ReadAllText(Path.Combine(State, "trust.json"));
        File.WriteAllBytes(Path.Combine(State, "state.db"), []);
        await RefusesAsync("the store has no root key, though the trust file says that one was made");
        Assert.Equal(trust, File.ReadAllText(Path.Combine(State, "trust.json")));
    }

    [Fact]
    public async Task Root_Exchanged_IsRefused()
    {
        await EndedAsync("shop");
        ExchangeRoot(static root => root with { Wrapped = new byte[256] });
        await RefusesAsync("the key authority refuses the root key: CiphertextInvalid");
    }

    [Fact]
    public async Task Genesis_Bent_IsRefused()
    {
        await EndedAsync("shop");
        ExchangeRoot(static root => root with { Genesis = [0xc0] });
        await RefusesAsync("Genesis document is not signed");
    }

    // An engine whose files changed is measured anew as it starts, and is not the one that the administrator signed for.
    [Fact]
    public async Task Engine_ChangedWhileRunning_IsNotTrusted()
    {
        string copy = _folder.PathOf("engine");
        string built = Path.GetDirectoryName(StartedPrograms.PathOf("E3.Relay.Enclave.Host"))!;
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(built))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--enclave", Path.Combine(copy, "E3.Relay.Enclave.Host"));
        File.WriteAllText(Path.Combine(copy, "added.json"), "{}");
        Kill((await helper.StatusAsync()).GetProperty("engine").GetInt32());
        await helper.Program.WaitForLineAsync("E3 3008");
        Assert.Contains("MeasurementNotAccepted", (await helper.StatusAsync()).GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    private async Task EndedAsync(string app)
    {
        await using RunningHelper helper = await RunningHelper.StartReadyAsync(State, "--ensure-app", app);
        Assert.Equal(0, await helper.EndAsync());
    }

    private async Task RefusesAsync(string reason)
    {
        await using RunningHelper helper = RunningHelper.Start(State, "--ensure-app", "shop");
        await helper.Program.WaitForLineAsync("E3 3008 state refused");
        (int code, string output, _) = await helper.AskAsync("status");
        Assert.Equal((int)ExitCode.NotReady, code);
        Assert.StartsWith("refused", output, StringComparison.Ordinal);
        Assert.Contains(reason, output, StringComparison.Ordinal);
        Assert.Equal(0, helper.Count(RunningHelper.Ready));
        Assert.Equal((int)ExitCode.Refused, (await helper.AskAsync("apps", "create", "other")).Code);
        Assert.Equal(0, await helper.EndAsync());
    }

    private static void Kill(int process)
    {
        using Process engine = Process.GetProcessById(process);
        engine.Kill();
    }

    // With the link over it: whoever owns the store can compute that too.
    private void ExchangeRoot(Func<StoredRoot, StoredRoot> change)
    {
        StoredRoot root = new([], []);
        Query("SELECT wrapped, genesis FROM generations", reader => root = change(new(reader.GetFieldValue<byte[]>(0), reader.GetFieldValue<byte[]>(1))));
        byte[] link = GenerationLink.Next(StoreState.Empty, root);
        Execute($"DROP TRIGGER generations_hold; UPDATE generations SET wrapped = x'{Convert.ToHexString(root.Wrapped)}', genesis = x'{Convert.ToHexString(root.Genesis)}', link = x'{Convert.ToHexString(link)}'");
    }

    private void Execute(string sql) => Query(sql, static _ => { });

    private void Query(string sql, Action<SqliteDataReader> row)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(State, "state.db")};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            row(reader);
        while (reader.NextResult())
            continue;
    }
}
