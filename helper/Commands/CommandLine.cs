using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using E3.Relay.Helper.Admin;
using E3.Relay.Helper.State;

namespace E3.Relay.Helper.Commands;

/// <summary>The command line of the helper.</summary>
internal static class CommandLine
{
    private static readonly Option<string> State = new("--state") { Description = "The state folder; .e3 at the root of the checkout, or in the current folder, when not given.", Recursive = true };

    public static RootCommand Create(Func<RunSettings, Task<int>> run) => new("E3 Relay's helper: starts the engine and keeps its state.")
    {
        State,
        Run(run),
        new Command("apps", "Apps and their keys.") { Create(), List() },
        new Command("keys", "Keys of apps.") { Show(), KeyCommands.Rotate(AskAsync), KeyCommands.Retire(AskAsync) },
        PolicyCommands.Create(AskAsync, Folder),
        RootCommands.Create(AskAsync, Folder),
        EngineCommands.Create(AskAsync),
        AuditCommands.Create(Folder),
        BackupCommands.Create(AskAsync, Folder, TimeProvider.System),
        Status(),
        AdministratorCommands.Create(TimeProvider.System),
        FleetCommands.Caller(),
        FleetCommands.GenesisAccept(State),
        KeyAuthorityCommands.Create(TimeProvider.System),
        EifCommands.Create(TimeProvider.System),
        AttestCommands.Create(TimeProvider.System),
    };

    private static Command Run(Func<RunSettings, Task<int>> run)
    {
        var enclave = new Option<string?>("--enclave") { Description = "The engine's program; the built or published one when not given." };
        var settings = new Option<string?>("--settings") { Description = "The settings of a fleet with administrators of its own, JSON. Without it everything is simulated; development only." };
        var emulator = new Option<string?>("--emulator") { Description = "Run the engine, a published static one, in the emulated Nitro Enclave of this folder; development only." };
        var parent = new Option<bool>("--parent-stdin") { Description = "End with the standard input, and leave Ctrl-C to the parent." };
        var apps = new Option<string[]>("--ensure-app") { Description = "Create this app if it is not there. Repeatable.", DefaultValueFactory = static _ => [] };
        var postgres = new Option<string?>("--postgres") { Description = "Short for --store postgresql:FILE." };
        var stores = new Option<string[]>("--store")
        {
            Description = "A store of sealed entries: sqlite:PATH, postgresql:FILE with the connection string in the file, or postgresql-env:VARIABLE. Repeatable: then all must have a key before it is used. Helpers that share a PostgreSQL database are a fleet. state.db in the state folder when not given.",
            DefaultValueFactory = static _ => [],
        };
        var command = new Command("run", "Starts an engine and keeps it ready.") { settings, enclave, emulator, parent, postgres, stores, apps };
        var operation = new OperationOptions(command);
        command.SetAction((result, _) => run(new()
        {
            StateFolder = Folder(result),
            SettingsFile = result.GetValue(settings),
            Enclave = result.GetValue(enclave),
            Emulator = result.GetValue(emulator),
            EndsWithParent = result.GetValue(parent),
            EnsureApps = result.GetValue(apps) ?? [],
            Stores = [.. result.GetValue(stores) ?? [], .. result.GetValue(postgres) is { } file ? [$"postgresql:{file}"] : Array.Empty<string>()],
            Supervision = operation.Supervision(result),
            Statistics = operation.Statistics(result),
        }));
        return command;
    }

    private static Command Create()
    {
        var name = new Argument<string>("NAME");
        var command = new Command("create", "Creates an app.") { name };
        command.SetAction((result, cancellationToken) => AskAsync(result, async client =>
        {
            await client.SendAsync(HttpMethod.Post, $"/apps/{Uri.EscapeDataString(result.GetRequiredValue(name))}", AdminJson.Default.AppListReport, cancellationToken).ConfigureAwait(false);
            Console.WriteLine($"App {result.GetRequiredValue(name)} created.");
        }));
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Lists the apps, one a line.");
        command.SetAction((result, cancellationToken) => AskAsync(result, async client =>
        {
            AppListReport report = await client.SendAsync(HttpMethod.Get, "/apps", AdminJson.Default.AppListReport, cancellationToken).ConfigureAwait(false);
            foreach (string app in report.Apps)
                Console.WriteLine(app);
        }));
        return command;
    }

    private static Command Show()
    {
        var name = new Argument<string>("APP");
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var command = new Command("show", "Shows the keys of an app: ids, and public keys for client-side encryption.") { name, json };
        command.SetAction((result, cancellationToken) => AskAsync(result, async client =>
        {
            AppKeysReport report = await client.SendAsync(
                HttpMethod.Get, $"/apps/{Uri.EscapeDataString(result.GetRequiredValue(name))}/keys", AdminJson.Default.AppKeysReport, cancellationToken).ConfigureAwait(false);
            if (result.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(report, AdminJson.Printed.AppKeysReport));
            else
                report.Keys.ToList().ForEach(static key => Console.WriteLine($"{key.Purpose}  v{key.Version}  {key.KeyId}  {(key.Retired ? "retired" : "")}  {key.PublicKey}".TrimEnd()));
        }));
        return command;
    }

    private static Command Status()
    {
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var command = new Command("status", "Says how the engine is; ends with 0 when it is ready and with 7 when it is not.") { json };
        command.SetAction((result, cancellationToken) => AskAsync(result, async client =>
        {
            StatusReport report = await client.SendAsync(HttpMethod.Get, "/status", AdminJson.Default.StatusReport, cancellationToken).ConfigureAwait(false);
            if (result.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(report, AdminJson.Printed.StatusReport));
            else
                Console.WriteLine($"{report.Condition}{(report.Reason.Length > 0 ? $": {report.Reason}" : "")} ({(report.Simulated ? "simulated TEE, " : "")}fleet {report.FleetId}, {report.Entries?.ToString(CultureInfo.InvariantCulture) ?? "no readable"} sealed entries, {report.Restarts} restarts)");
            if (!result.GetValue(json))
                report.Stores.ToList().ForEach(static store => Console.WriteLine($"store {store.Name}: {store.Condition}{(store.Reason.Length > 0 ? $", {store.Reason}" : "")}, {store.Entries?.ToString(CultureInfo.InvariantCulture) ?? "no known"} sealed entries"));
            return report.IsReady ? ExitCode.Success : ExitCode.NotReady;
        }));
        return command;
    }

    private static Task<int> AskAsync(ParseResult result, Func<AdminClient, Task> ask) => AskAsync(result, async client =>
    {
        await ask(client).ConfigureAwait(false);
        return ExitCode.Success;
    });

    private static async Task<int> AskAsync(ParseResult result, Func<AdminClient, Task<ExitCode>> ask)
    {
        using var client = new AdminClient(Folder(result));
        return (int)await ask(client).ConfigureAwait(false);
    }

    private static string Folder(ParseResult result) => result.GetValue(State) ?? StateFolder.Default();
}
