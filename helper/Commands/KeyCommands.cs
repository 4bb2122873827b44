using System.CommandLine;
using System.Text.Json;
using E3.Relay.Helper.Admin;

namespace E3.Relay.Helper.Commands;

/// <summary><c>helper keys rotate</c> and <c>keys retire</c>.</summary>
internal static class KeyCommands
{
    public static Command Rotate(Func<ParseResult, Func<AdminClient, Task>, Task<int>> ask)
    {
        var app = new Argument<string>("APP");
        var purposes = new Option<string[]>("--purpose") { Description = $"Rotate this purpose: {string.Join(", ", KeyPurposeNames.All)}. Repeatable; random and both client key pairs when not given." };
        Option<bool> yes = Confirmation.Option(), json = Json();
        var command = new Command("rotate", "Makes the next versions of an app's keys. Values under the earlier ones still open.") { app, purposes, yes, json };
        command.SetAction((result, cancellationToken) => ask(result, async client =>
        {
            string[] wanted = result.GetValue(purposes) ?? [];
            if (wanted.Any(static name => name is "deterministic" or "format-preserving" or "hash"))
                Confirmation.Ask(result.GetValue(yes), "Values under a new deterministic, format-preserving or hash key are not equal to earlier ones. Rotate?");
            string query = string.Join('&', wanted.Select(static name => $"purpose={Uri.EscapeDataString(name)}"));
            ChangeReport report = await client.SendAsync(
                HttpMethod.Post, $"/apps/{Escaped(result, app)}/keys/rotate?{query}", AdminJson.Default.ChangeReport, cancellationToken).ConfigureAwait(false);
            Print(report, result.GetValue(json), $"Keys of app {result.GetRequiredValue(app)} rotated.");
        }));
        return command;
    }

    public static Command Retire(Func<ParseResult, Func<AdminClient, Task>, Task<int>> ask)
    {
        var app = new Argument<string>("APP");
        var keyId = new Argument<string>("KEY-ID") { Description = "As keys show says it." };
        Option<bool> yes = Confirmation.Option(), json = Json();
        var command = new Command("retire", "Retires a key for good: what it sealed still opens, and it seals no more.") { app, keyId, yes, json };
        command.SetAction((result, cancellationToken) => ask(result, async client =>
        {
            Confirmation.Ask(result.GetValue(yes), $"Retire key {result.GetRequiredValue(keyId)} of app {result.GetRequiredValue(app)} for good?");
            ChangeReport report = await client.SendAsync(
                HttpMethod.Post, $"/apps/{Escaped(result, app)}/keys/{Escaped(result, keyId)}/retire", AdminJson.Default.ChangeReport, cancellationToken).ConfigureAwait(false);
            Print(report, result.GetValue(json), $"Key {result.GetRequiredValue(keyId)} of app {result.GetRequiredValue(app)} retired.");
        }));
        return command;
    }

    /// <summary>The option of every command.</summary>
    public static Option<bool> Json() => new("--json") { Description = "As JSON." };

    /// <summary>Writes the answer to a change.</summary>
    public static void Print(ChangeReport report, bool json, string text) =>
        Console.WriteLine(json ? JsonSerializer.Serialize(report, AdminJson.Printed.ChangeReport) : $"{text} Sealed entries: {report.Entries}, generation {report.Generation}.");

    private static string Escaped(ParseResult result, Argument<string> argument) => Uri.EscapeDataString(result.GetRequiredValue(argument));
}
