using System.Diagnostics;
using System.Globalization;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using MessagePack;

namespace E3.Relay.Enclave.Host.Tests;

/// <summary>A fleet with many apps: how long an engine takes from its start until it serves them, and what it keeps. As many as <c>E3_HOST_APPS</c> says; the line goes to <c>apps.txt</c> beside the tests.</summary>
public sealed class ManyAppsTests
{
    private const int AppsDefault = 200;
    private const int KeysPerCall = 1024;
    private static readonly KeyPurpose[] Purposes = [.. Enum.GetValues<KeyPurpose>().Where(static purpose => purpose < KeyPurpose.Retirement)];

    [Fact]
    public async Task Host_WithManyApps_BecomesReady_AndServesTheFirstAndTheLast()
    {
        int apps = int.TryParse(Environment.GetEnvironmentVariable("E3_HOST_APPS"), NumberStyles.None, CultureInfo.InvariantCulture, out int wanted) ? wanted : AppsDefault;
        long began = Stopwatch.GetTimestamp();
        await using RunningHost first = await MakeAsync(apps);
        double made = Stopwatch.GetElapsedTime(began).TotalMilliseconds;

        began = Stopwatch.GetTimestamp();
        await using RunningHost again = await first.BootAnotherAsync();
        await using HostConnection helper = await again.OpenAsync();
        double hello = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        double idle = again.Program.ResidentKib();
        await again.UnsealAsync(helper);
        foreach (ReadOnlyMemory<byte>[] part in again.Stored.Chunk(ProtocolLimits.EntriesMax))
            await helper.CallAsync(CallType.LoadState, (ref MessagePackWriter writer) => Entries.Write(ref writer, part));
        await helper.CallAsync(CallType.SetReady, new Checksum(again.Chain.Length, again.Chain.Head).Write);
        double ready = Stopwatch.GetElapsedTime(began).TotalMilliseconds;

        foreach (string app in (string[])[Name(0), Name(apps - 1)])
            Assert.Equal(Purposes.Length, (await helper.CallAsync(CallType.GetPublicKeys, App(app), KeyDescription.Read)).Length);
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"host.apps apps={apps} keys={again.Stored.Count} make_ms={made:0} hello_ms={hello:0.0} ready_ms={ready:0.0} resident_booted_kib={idle:0} resident_loaded_kib={again.Program.ResidentKib():0}");
        await File.WriteAllTextAsync(Path.Combine(AppContext.BaseDirectory, "apps.txt"), line + "\n");
    }

    private static async Task<RunningHost> MakeAsync(int apps)
    {
        RunningHost host = await RunningHost.BootAsync();
        await using HostConnection helper = await host.OpenAsync();
        await host.MakeRootAsync(helper);
        await helper.CallAsync(CallType.SetReady, new Checksum(0, host.Chain.Head).Write);
        IEnumerable<KeyRequest> all = Enumerable.Range(0, apps).SelectMany(static app => Purposes.Select(purpose => new KeyRequest(Name(app), purpose)));
        foreach (KeyRequest[] part in all.Chunk(KeysPerCall))
            await host.CreateKeysAsync(helper, part);
        return host;
    }

    private static string Name(int app) => string.Create(CultureInfo.InvariantCulture, $"app-{app}");

    private static Wire.Body App(string name) => (ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(1);
        writer.Write(name);
    };
}
