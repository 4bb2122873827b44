using System.Diagnostics;
using System.Globalization;
using E3.Relay.Fuzz;
using E3.Relay.Fuzz.Targets;

const int Found = 1, Usage = 2;

(string Name, Func<IFuzzTarget> Make)[] targets =
[
    ("frame", static () => new FrameTarget()),
    ("message", static () => new MessageTarget()),
    ("token", static () => new TokenTarget()),
    ("document", static () => new DocumentTarget()),
    ("cms", static () => new CmsTarget()),
    ("attestation", static () => new AttestationTarget()),
    ("eif", static () => new EifTarget()),
    ("json", static () => new JsonTarget()),
    ("form", static () => new FormTarget()),
    ("xml", static () => new XmlTarget()),
    ("xml-tokens", static () => new XmlTokensTarget()),
    ("rules", static () => new RulesTarget()),
    ("target", static () => new RequestTargetTarget()),
    ("jsonpath", static () => new JsonPathTarget()),
    ("head", static () => new HeadTarget()),
    ("multipart", static () => new MultipartTarget()),
    ("text", static () => new TextTarget()),
    ("codings", static () => new CodingsTarget()),
];

ulong seed = (ulong)Stopwatch.GetTimestamp();
int seconds = 10;
string? input = null;
int number = args.Length == 0 ? -1 : Array.FindIndex(targets, target => target.Name == args[0]);
bool understood = number >= 0 && args.Length % 2 == 1;
for (int i = 1; understood && i < args.Length; i += 2)
{
    understood = args[i] switch
    {
        "--seconds" => int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out seconds),
        "--seed" => ulong.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out seed),
        "--input" => File.Exists(input = args[i + 1]),
        _ => false,
    };
}

if (!understood)
{
    Console.Error.WriteLine($"TARGET [--seconds N] [--seed N] [--input FILE], where TARGET is one of: {string.Join(", ", targets.Select(static target => target.Name))}");
    return Usage;
}

using IFuzzTarget chosen = targets[number].Make();
if (input is not null)
{
    Console.WriteLine($"outcome {chosen.Run(RunningInput.Read(input))}");
    return 0;
}

var fuzzer = new Fuzzer(chosen, seed, TimeSpan.FromSeconds(seconds));
bool clean = fuzzer.Run();
Console.WriteLine($"fuzz.{number + 1}.{chosen.Name} executions={fuzzer.Executions} seconds={seconds} outcomes={fuzzer.Outcomes} seed={seed}");
if (clean)
    return 0;
Console.WriteLine($"{chosen.Name}: {fuzzer.Finding}");
Console.WriteLine($"input: {fuzzer.FindingPath}");
return Found;
