using E3.Relay.Helper;
using E3.Relay.Helper.Admin;
using E3.Relay.Testing;

namespace E3.Relay.CrashMatrix;

/// <summary>The built helper in a process of its own, and its admin interface.</summary>
internal sealed class HelperProcess : IAsyncDisposable
{
    // What is half stays half: a busy machine is given the time that it takes.
    private static readonly TimeSpan ReadyMax = TimeSpan.FromSeconds(120);
    private readonly AdminClient _admin;

    private HelperProcess(string state, ChildProgram program)
    {
        Program = program;
        _admin = new AdminClient(state);
    }

    public ChildProgram Program { get; }

    public static HelperProcess Start(string state, string failPoints, string? planted, IEnumerable<string> arguments) => new(state, ChildProgram.Start(
        Path.Combine(AppContext.BaseDirectory, "E3.Relay.Helper"),
        ["run", "--state", state, "--parent-stdin", .. arguments],
        new Dictionary<string, string?> { ["DOTNET_ENVIRONMENT"] = "Development", ["DOTNET_TieredPGO"] = "0", ["E3_FAIL_POINTS"] = failPoints, ["E3_PLANTED_FAULT"] = planted }));

    /// <summary>Waits until an engine serves, and returns its number; null when none does in time.</summary>
    /// <param name="not">An engine that was killed, and whose end the helper may not have noticed.</param>
    public async Task<int?> UntilReadyAsync(int not = 0)
    {
        using var limit = new CancellationTokenSource(ReadyMax);
        while (!limit.IsCancellationRequested && !Program.HasExited)
        {
            if (await StatusAsync() is { IsReady: true } status && status.Engine != not)
                return status.Engine;
            await Task.Delay(10, CancellationToken.None);
        }

        return null;
    }

    /// <summary>How it is; null when it does not answer.</summary>
    public async Task<StatusReport?> StatusAsync()
    {
        try
        {
            return await _admin.SendAsync(HttpMethod.Get, "/status", AdminJson.Default.StatusReport, CancellationToken.None);
        }
        catch (Exception e) when (e is HelperRefusedException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>The keys of an app; none when it does not answer.</summary>
    public async Task<IReadOnlyList<KeyReport>> KeysAsync(string app)
    {
        try
        {
            return (await _admin.SendAsync(HttpMethod.Get, $"/apps/{app}/keys", AdminJson.Default.AppKeysReport, CancellationToken.None)).Keys;
        }
        catch (Exception e) when (e is HelperRefusedException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return [];
        }
    }

    /// <summary>Makes a change; the answer is null, or why it was refused.</summary>
    public async Task<string?> ChangeAsync(string path, byte[]? body = null)
    {
        try
        {
            if (path.StartsWith("/apps/", StringComparison.Ordinal) && path.Count(static c => c == '/') == 2)
                await _admin.SendAsync(HttpMethod.Post, path, AdminJson.Default.AppListReport, CancellationToken.None);
            else
                await _admin.SendAsync(HttpMethod.Post, path, AdminJson.Default.ChangeReport, CancellationToken.None, body);
            return null;
        }
        catch (Exception e) when (e is HelperRefusedException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return e.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await Program.DisposeAsync();
    }
}
