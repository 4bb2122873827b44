using System.CommandLine;
using System.Text.Json;
using E3.Relay.Helper.Audit;
using E3.Relay.Helper.State;

namespace E3.Relay.Helper.Commands;

/// <summary><c>helper audit</c>: needs no running helper.</summary>
internal static class AuditCommands
{
    public static Command Create(Func<ParseResult, string> stateFolder) => new("audit", "The log of administrative acts.") { Verify(stateFolder) };

    private static Command Verify(Func<ParseResult, string> stateFolder)
    {
        var heads = new Option<string[]>("--head") { Description = "A head (NUMBER:HEX) that was noted earlier, for example in the helper's log; the record must still be there. Repeatable.", DefaultValueFactory = static _ => [] };
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var command = new Command("verify", "Computes the chain of the log anew; ends with 0 when it is intact and with 8 when it is not.") { heads, json };
        command.SetAction(result =>
        {
            var folder = new AuditFolder(StateFolder.AuditIn(stateFolder(result)));
            if (!Directory.Exists(folder.Path))
                throw new HelperRefusedException(ExitCode.StateUnusable, $"There is no audit log in {folder.Path}.");
            AuditReport report = AuditVerifier.Run(folder, (result.GetValue(heads) ?? []).Select(Parse)).Report(folder);
            Console.WriteLine(result.GetValue(json) ? JsonSerializer.Serialize(report, AuditJson.Default.AuditReport) : Describe(report));
            return (int)(report.Intact ? ExitCode.Success : ExitCode.NotIntact);
        });
        return command;
    }

    private static AuditHead Parse(string text) =>
        AuditHead.TryParse(text, out AuditHead head) ? head : throw new HelperRefusedException(ExitCode.Refused, $"'{text}' is no head: NUMBER:HEX.");

    private static string Describe(AuditReport report) => report.Intact
        ? $"intact: {report.Records} records in {report.Files} files, {report.Unfinished} acts without an end, head {report.Head}"
        : $"NOT INTACT: {report.Problem}";
}
