using System.Globalization;
using E3.Relay.CrashMatrix;
using E3.Relay.Helper.Custody;
using E3.Relay.Helper.Development;
using E3.Relay.Testing;

// E3.Relay.CrashMatrix RUNS [--seconds N] [--planted NAME]: interrupts every step in the life of keys, again and again, and looks whether a key was lost.
// With a planted fault it succeeds when the fault is noticed.
const int RunsPerWorld = 14;
const int WorldsAtOnce = 2;

Environment.SetEnvironmentVariable(DevelopmentGate.Variable, "Development");
int runs = args.Length > 0 && int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out int wanted) ? wanted : 100;
string? Value(string option) => Array.IndexOf(args, option) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : null;
string? planted = Value("--planted");
Environment.SetEnvironmentVariable("E3_PLANTED_FAULT", planted);
TimeSpan limit = TimeSpan.FromSeconds(int.Parse(Value("--seconds") ?? "7200", CultureInfo.InvariantCulture));
if (!PostgresServer.IsInstalled)
    Console.WriteLine("SKIPPED in part: " + PostgresServer.NotInstalled);

var tally = new Tally();
var plan = new Plan(runs, limit, planted);
await Task.WhenAll(Enumerable.Range(0, WorldsAtOnce).Select(lane => Task.Run(() => RunAsync(lane % 2 == 1 && PostgresServer.IsInstalled))));
tally.Report(Console.Out);
bool clean = tally.Lost + tally.HalfStates == 0;
if (planted is null)
    return clean && tally.Runs > 0 && (runs < 1000 || tally.IsFull) ? 0 : 1;
Console.WriteLine($"planted fault {planted}: {(clean ? "NOT NOTICED" : "noticed")}");
return clean ? 1 : 0;

async Task RunAsync(bool postgres)
{
    postgres |= planted == PlantedFault.NoFlush;
    postgres |= planted == PlantedFault.OneStore;
    bool both = planted == PlantedFault.OneStore;
    for (; plan.TryTake(postgres, Step.Genesis, out Scenario first); both = planted == PlantedFault.OneStore || (postgres && !both && planted is null))
    {
        await using World world = await World.CreateAsync(postgres, both, planted);
        Scenario scenario = first;
        for (int run = 0; run < RunsPerWorld; run++)
        {
            Finding finding = await world.PlayAsync(scenario);
            tally.Add(scenario, finding);
            plan.Noticed |= finding.Lost + finding.HalfStates > 0;
            if (finding.Lost + finding.HalfStates > 0 || run == RunsPerWorld - 1 || !plan.TryTake(postgres, null, out scenario))
                break;
        }
    }
}
