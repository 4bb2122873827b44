using System.CommandLine;
using System.Text.Json;
using E3.Relay.Helper.Admin;

namespace E3.Relay.Helper.Commands;

/// <summary><c>helper engine</c>.</summary>
internal static class EngineCommands
{
    public static Command Create(Func<ParseResult, Func<AdminClient, Task>, Task<int>> ask) => new("engine", "The engine that serves.") { Replace(ask) };

    private static Command Replace(Func<ParseResult, Func<AdminClient, Task>, Task<int>> ask)
    {
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var command = new Command("replace", "Lets a new engine take over; the old one ends when its sessions have gone.") { json };
        command.SetAction((result, cancellationToken) => ask(result, async client =>
        {
            EngineReport report = await client.SendAsync(HttpMethod.Post, "/engine/replace", AdminJson.Default.EngineReport, cancellationToken).ConfigureAwait(false);
            Console.WriteLine(result.GetValue(json) ? JsonSerializer.Serialize(report, AdminJson.Printed.EngineReport) : $"Engine {report.Engine} serves.");
        }));
        return command;
    }
}
