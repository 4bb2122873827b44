using System.Text;
using E3.Relay.Benchmarks.Running;

namespace E3.Relay.Benchmarks.Proxy;

/// <summary>The relay against plain YARP, each a program of its own in front of the same upstream, with a 400-byte JSON POST.</summary>
internal sealed class ProxyArea : IBenchmarkArea
{
    /// <summary>Below this path the relay encrypts one field.</summary>
    public const string RulePath = "/checkout";

    private const string OtherPath = "/other";
    private const string CardNumber = "4242424242424242";
    private const int BodyBytes = 400;
    private const int Rounds = 5;

    private static readonly (string Name, string Path)[] Cases = [("no-rule", OtherPath), ("one-field", RulePath + "/1")];
    private static readonly int[] Connections = [1, 32];
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1.5);

    public string Name => "proxy";

    public async Task<IReadOnlyList<Comparison>> RunAsync(TimeSpan time)
    {
        IReadOnlyDictionary<string, string?> environment = RelayTarget.GarbageCollection();
        await using ServedChild upstream = await ServedChild.StartAsync([ServedUpstream.Argument], environment);
        await using YarpTarget yarp = await YarpTarget.StartAsync(upstream.Address, environment);
        await using RelayTarget relay = await RelayTarget.StartAsync(upstream.Address);
        Check(yarp);
        Check(relay);
        foreach ((_, string path) in Cases)
        {
            await Load(yarp, path).RunAsync(Connections[^1], WarmUp);
            await Load(relay, path).RunAsync(Connections[^1], WarmUp);
        }

        TimeSpan round = time / (Cases.Length * Connections.Length * Rounds * 2);
        var comparisons = new List<Comparison>();
        foreach ((string name, string path) in Cases)
        {
            foreach (int connections in Connections)
                comparisons.Add(await Comparison.RunAsync($"proxy.{name}.c{connections}", null, Side(relay, path, connections), Side(yarp, path, connections), Rounds, round));
        }

        return comparisons;
    }

    private static Side Side(IProxyTarget target, string path, int connections) => new(target.Name, time => Load(target, path).RunAsync(connections, time));

    private static HttpLoad Load(IProxyTarget target, string path) => new(target.Port, HttpLoad.Post(path, Body()));

    // A rule that did not apply would make a fine number.
    private static void Check(IProxyTarget target)
    {
        string sent = Encoding.UTF8.GetString(Body());
        if (!Load(target, OtherPath + ServedUpstream.EchoPath).Once().Contains(sent, StringComparison.Ordinal))
            throw new InvalidDataException($"{target.Name} changed a body without a rule.");
        string arrived = Load(target, RulePath + ServedUpstream.EchoPath).Once();
        bool encrypted = arrived.Contains("\"number\":\"e3.", StringComparison.Ordinal) && !arrived.Contains(CardNumber, StringComparison.Ordinal);
        if (encrypted != target.Encrypts)
            throw new InvalidDataException($"{target.Name} {(encrypted ? "encrypted" : "did not encrypt")} the field.");
    }

    private static byte[] Body()
    {
        string start = $$"""{"order":"A-1001","card":{"number":"{{CardNumber}}","holder":"Ada Lovelace"},"amount":12.50,"note":" """.TrimEnd();
        return Encoding.ASCII.GetBytes(start + new string('x', BodyBytes - start.Length - 2) + "\"}");
    }
}
