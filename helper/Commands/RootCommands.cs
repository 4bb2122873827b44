using System.CommandLine;
using E3.Relay.Helper.Admin;
using E3.Relay.Helper.Development;

namespace E3.Relay.Helper.Commands;

/// <summary><c>helper root</c>: the root key, under which all state is sealed.</summary>
internal static class RootCommands
{
    public static Command Create(Func<ParseResult, Func<AdminClient, Task>, Task<int>> ask, Func<ParseResult, string> folder) =>
        new("root", "The root key, under which all state is sealed.") { Rewrap(ask), Order(folder) };

    private static Command Rewrap(Func<ParseResult, Func<AdminClient, Task>, Task<int>> ask)
    {
        var order = new Option<FileInfo>("--order") { Description = "The order that the administrators signed.", Required = true };
        Option<bool> yes = Confirmation.Option(), json = KeyCommands.Json();
        var command = new Command("rewrap", "Moves all state to a new root key and replaces the engines. Tokens stay as they are.") { order, yes, json };
        command.SetAction((result, cancellationToken) => ask(result, async client =>
        {
            Confirmation.Ask(result.GetValue(yes), "Move all state to a new root key? Engines of other helpers are replaced too.");
            byte[] document = await File.ReadAllBytesAsync(result.GetRequiredValue(order).FullName, cancellationToken).ConfigureAwait(false);
            ChangeReport report = await client.SendAsync(HttpMethod.Post, "/root/rewrap", AdminJson.Default.ChangeReport, cancellationToken, document).ConfigureAwait(false);
            KeyCommands.Print(report, result.GetValue(json), "All state is under a new root key.");
        }));
        return command;
    }

    private static Command Order(Func<ParseResult, string> folder)
    {
        var output = new Option<FileInfo>("--out") { Description = "The file to write.", Required = true };
        var command = new Command("order", "Has the simulated administrator sign an order to move to a new root key, wrapped to the simulated KMS key. Development only.") { output };
        command.SetAction(result =>
        {
            using SimulatedSigning signing = SimulatedSigning.Open(folder(result));
            File.WriteAllBytes(result.GetRequiredValue(output).FullName, signing.SignRewrapOrder());
        });
        return command;
    }
}
