using System.CommandLine;
using E3.Relay.Enclave.Protocol.Documents;
using E3.Relay.Helper.Admin;
using E3.Relay.Helper.Development;

namespace E3.Relay.Helper.Commands;

/// <summary><c>helper policy</c>: what the administrators decide for the whole fleet.</summary>
internal static class PolicyCommands
{
    public static Command Create(Func<ParseResult, Func<AdminClient, Task>, Task<int>> ask, Func<ParseResult, string> folder) =>
        new("policy", "The policy of the fleet: which grants are revoked.") { Set(ask), Sign(folder) };

    private static Command Set(Func<ParseResult, Func<AdminClient, Task>, Task<int>> ask)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "A policy that the administrators signed." };
        Option<bool> yes = Confirmation.Option(), json = KeyCommands.Json();
        var command = new Command("set", "Puts a policy in force, at once and for good.") { file, yes, json };
        command.SetAction((result, cancellationToken) => ask(result, async client =>
        {
            Confirmation.Ask(result.GetValue(yes), "Put the policy in force? The grants that it revokes never hold again.");
            byte[] document = await File.ReadAllBytesAsync(result.GetRequiredValue(file).FullName, cancellationToken).ConfigureAwait(false);
            ChangeReport report = await client.SendAsync(HttpMethod.Post, "/policy", AdminJson.Default.ChangeReport, cancellationToken, document).ConfigureAwait(false);
            KeyCommands.Print(report, result.GetValue(json), "The policy is in force.");
        }));
        return command;
    }

    private static Command Sign(Func<ParseResult, string> folder)
    {
        var serial = new Option<ulong>("--serial") { Description = "Rises with each policy.", Required = true };
        var helpers = new Option<ulong>("--helpers") { Description = "Grants of helpers with a lower serial are revoked." };
        var applications = new Option<ulong>("--applications") { Description = "Grants of applications with a lower serial are revoked." };
        var output = new Option<FileInfo>("--out") { Description = "The file to write.", Required = true };
        var command = new Command("sign", "Has the simulated administrator sign a policy. Development only.") { serial, helpers, applications, output };
        command.SetAction(result =>
        {
            using SimulatedSigning signing = SimulatedSigning.Open(folder(result));
            var policy = new Policy(signing.FleetId, result.GetValue(serial), result.GetValue(helpers), result.GetValue(applications));
            File.WriteAllBytes(result.GetRequiredValue(output).FullName, signing.Administrator.Sign(policy));
        });
        return command;
    }
}
