using System.Globalization;
using E3.Relay.Benchmarks.Bodies;
using E3.Relay.Benchmarks.Channel;
using E3.Relay.Benchmarks.Engine;
using E3.Relay.Benchmarks.Proxy;
using E3.Relay.Benchmarks.Rules;
using E3.Relay.Benchmarks.Running;

const int SecondsDefault = 40;
const string Usage = "usage: dotnet run -c Release --project tests/Benchmarks -- AREA… [--seconds N]";

IBenchmarkArea[] areas = [new EngineArea(), new ChannelArea(), new ProxyArea(), new RulesArea(), new BodiesArea()];

switch (args)
{
    case [ServedUpstream.Argument]:
        return await ServedUpstream.RunAsync();
    case [ServedYarp.Argument, string upstream]:
        return await ServedYarp.RunAsync(upstream);
    case [ServedChannel.Argument, string path]:
        return await ServedChannel.RunAsync(path);
    case [Guard.Argument, string program]:
        return await Guard.RunAsync(program);
}

int seconds = SecondsDefault;
string[] names = args;
if (args is [.. string[] before, "--seconds", string number])
{
    names = before;
    if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out seconds) || seconds < 1)
        return Refuse("--seconds takes a number of 1 or more.");
}

IBenchmarkArea[] chosen = [.. areas.Where(area => names.Contains(area.Name))];
if (chosen.Length == 0 || chosen.Length != names.Length)
    return Refuse($"The areas are: {string.Join(", ", areas.Select(area => area.Name))}.");

#if DEBUG
Console.WriteLine("This is a debug build: the numbers mean nothing.");
#endif
foreach (IBenchmarkArea area in chosen)
    Report.Print(Console.Out, area.Name, await area.RunAsync(TimeSpan.FromSeconds(seconds)));
return 0;

static int Refuse(string problem)
{
    Console.Error.WriteLine(problem);
    Console.Error.WriteLine(Usage);
    return 2;
}
