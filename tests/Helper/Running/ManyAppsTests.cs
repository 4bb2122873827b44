using System.Diagnostics;
using System.Globalization;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Testing;

namespace E3.Relay.Helper.Tests.Running;

/// <summary>A helper with many apps: from the start of its process until it serves them. As many as <c>E3_HELPER_APPS</c> says; the line goes to <c>helper-apps.txt</c> beside the tests.</summary>
[Collection(nameof(RunningHelper))]
public sealed class ManyAppsTests : IDisposable
{
    private const int AppsDefault = 300;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Helper_WithManyApps_StartsAgainAndServesTheFirstAndTheLast()
    {
        int apps = int.TryParse(Environment.GetEnvironmentVariable("E3_HELPER_APPS"), NumberStyles.None, CultureInfo.InvariantCulture, out int wanted) ? wanted : AppsDefault;
        string state = _folder.PathOf("s");
        TransformResult first, last;
        long began = Stopwatch.GetTimestamp();
        await using (RunningHelper helper = RunningHelper.Start(state, [.. Enumerable.Range(0, apps).SelectMany(static app => (string[])["--ensure-app", Name(app)])]))
        {
            await helper.Program.WaitForLineAsync(RunningHelper.Ready, TimeSpan.FromMinutes(5));
            first = await helper.EncryptAsync(Name(0), "first");
            last = await helper.EncryptAsync(Name(apps - 1), "last");
            await helper.EndAsync();
        }

        double made = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        began = Stopwatch.GetTimestamp();
        await using RunningHelper again = RunningHelper.Start(state);
        await again.Program.WaitForLineAsync(RunningHelper.Ready, TimeSpan.FromMinutes(2));
        double ready = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        Assert.Equal(ErrorCode.None, (await again.DecryptAsync(Name(0), first.Value)).Code);
        Assert.Equal(ErrorCode.None, (await again.DecryptAsync(Name(apps - 1), last.Value)).Code);
        System.Text.Json.JsonElement status = await again.StatusAsync();
        Assert.Equal(6 * apps, status.GetProperty("entries").GetInt32());
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"helper.apps apps={apps} keys={6 * apps} make_ms={made:0} ready_ms={ready:0} resident_helper_kib={again.Program.ResidentKib():0} resident_engine_kib={ResidentKib(status.GetProperty("engine").GetInt32()):0}");
        await File.WriteAllTextAsync(Path.Combine(AppContext.BaseDirectory, "helper-apps.txt"), line + "\n");
    }

    private static string Name(int app) => string.Create(CultureInfo.InvariantCulture, $"app-{app}");

    private static double ResidentKib(int process) => double.Parse(
        File.ReadLines($"/proc/{process}/status").Single(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(':')[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
}
