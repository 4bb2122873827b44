using System.CommandLine;
using System.Text.Json;
using E3.Relay.Helper.Admin;
using E3.Relay.Helper.Audit;
using E3.Relay.Helper.Backup;
using E3.Relay.Helper.Development;
using E3.Relay.Helper.State;
using E3.Relay.Helper.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace E3.Relay.Helper.Commands;

/// <summary><c>helper backup</c>.</summary>
internal static class BackupCommands
{
    private const string RestoreAct = "backup restore";

    public static Command Create(Func<ParseResult, Func<AdminClient, Task>, Task<int>> ask, Func<ParseResult, string> folder, TimeProvider time) =>
        new("backup", "Backups of the sealed state: useless without the root authority, and all that is needed besides it.") { Make(ask), Verify(), Restore(folder, time) };

    private static Command Make(Func<ParseResult, Func<AdminClient, Task>, Task<int>> ask)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The file to write. There must be none." };
        Option<bool> json = KeyCommands.Json();
        var command = new Command("create", "Has the running helper write a backup, and verifies the file.") { file, json };
        command.SetAction((result, cancellationToken) => ask(result, async client =>
        {
            string path = result.GetRequiredValue(file).FullName;
            if (File.Exists(path))
                throw new HelperRefusedException(ExitCode.Refused, $"{path} is there already.");
            string temporary = $"{path}.new";
            File.Delete(temporary);
            try
            {
                await using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = PrivateFile.Mode }))
                {
                    await client.DownloadAsync(BackupEndpoint.Path, stream, cancellationToken).ConfigureAwait(false);
                    stream.Flush(flushToDisk: true);
                }

                BackupReport report = Read(temporary).Report;
                File.Move(temporary, path);
                FolderSync.Flush(Path.GetDirectoryName(path)!);
                Print(report, result.GetValue(json), "Backup written and verified");
            }
            finally
            {
                File.Delete(temporary);
            }
        }));
        return command;
    }

    private static Command Verify()
    {
        var file = new Argument<FileInfo>("FILE");
        Option<bool> json = KeyCommands.Json();
        var command = new Command("verify", "Verifies a backup, without any helper; ends with 0 when it is intact and with 8 when it is not.") { file, json };
        command.SetAction(result =>
        {
            Print(Read(result.GetRequiredValue(file).FullName).Report, result.GetValue(json), "Intact");
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static Command Restore(Func<ParseResult, string> stateFolder, TimeProvider time)
    {
        var file = new Argument<FileInfo>("FILE");
        var configuration = new Option<FileInfo?>("--configuration") { Description = "The fleet's measured configuration; the simulated one in the state folder when not given." };
        var stores = new Option<string[]>("--store") { Description = "The store to restore into, as for run. Repeatable; the state folder's when not given.", DefaultValueFactory = static _ => [] };
        Option<bool> yes = Confirmation.Option(), json = KeyCommands.Json();
        var command = new Command("restore", "Brings a backup into an empty store, while no helper runs on the state folder.") { file, configuration, stores, yes, json };
        command.SetAction(async (result, cancellationToken) =>
        {
            string path = result.GetRequiredValue(file).FullName;
            (BackupReport report, StoreState backup) = Read(path);
            Confirmation.Ask(result.GetValue(yes), $"Restore {report}?");
            using StateFolder folder = StateFolder.Open(stateFolder(result));
            byte[] fleetId = MeasuredConfigurationFile.ReadFleetId(result.GetValue(configuration)?.FullName ?? folder.Configuration);
            if (Convert.ToHexStringLower(fleetId) != report.FleetId)
                throw new HelperRefusedException(ExitCode.Refused, $"The backup is of fleet {report.FleetId}, and the measured configuration of fleet {Convert.ToHexStringLower(fleetId)}.");
            bool restored = await RestoreAsync(folder, result.GetValue(stores) ?? [], fleetId, backup, path, time, cancellationToken).ConfigureAwait(false);
            Print(report, result.GetValue(json), restored ? "Restored" : "Nothing to do, the store has exactly this");
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static async Task<bool> RestoreAsync(
        StateFolder folder, string[] stores, byte[] fleetId, StoreState backup, string path, TimeProvider time, CancellationToken cancellationToken)
    {
        using var audit = AuditLog.Open(new(folder.Audit), time, NullLogger.Instance);
        long begun = audit.Begin(AuditActor.Self, RestoreAct, path);
        string outcome = "failed";
        try
        {
            StoreSource[] sources = stores.Length == 0 ? [StoreSource.Sqlite(folder.Database, time)] : [.. stores.Distinct(StringComparer.Ordinal).Select(text => StoreSource.Parse(text, time))];
            await using StoreSet store = await StoreSet.OpenAsync(sources, fleetId, time, NullLogger.Instance, cancellationToken).ConfigureAwait(false);
            bool restored = await Restoration.RunAsync(store, backup, cancellationToken).ConfigureAwait(false);
            outcome = "done";
            return restored;
        }
        catch (HelperRefusedException)
        {
            outcome = "refused";
            throw;
        }
        catch (FormatException e)
        {
            throw new HelperRefusedException(ExitCode.Refused, e.Message);
        }
        catch (StoreException e)
        {
            throw new HelperRefusedException(ExitCode.StateUnusable, e.Message);
        }
        finally
        {
            audit.End(AuditActor.Self, RestoreAct, path, outcome, begun);
        }
    }

    private static (BackupReport Report, StoreState State) Read(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            (BackupHeader header, StoreState state) = BackupFile.Read(stream);
            return (BackupReport.Of(header, state), state);
        }
        catch (BackupException e)
        {
            throw new HelperRefusedException(ExitCode.NotIntact, $"NOT INTACT: {e.Message}");
        }
        catch (FileNotFoundException)
        {
            throw new HelperRefusedException(ExitCode.Refused, $"There is no {path}.");
        }
    }

    private static void Print(BackupReport report, bool json, string what) => Console.WriteLine(json ? JsonSerializer.Serialize(report, BackupJson.Default.BackupReport) : $"{what}: {report}.");
}
