using System.Text.Json.Serialization.Metadata;
using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Helper.Audit;
using E3.Relay.Helper.Backup;
using E3.Relay.Helper.Custody;
using E3.Relay.Helper.State;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Admin;

/// <summary>The admin interface: HTTP on a Unix socket in the state folder, which only the owner may enter.</summary>
/// <param name="supervisor">Keeps an engine ready.</param>
/// <param name="engines">The engines.</param>
/// <param name="keeper">The state.</param>
/// <param name="keys">Changes keys.</param>
/// <param name="rewrap">Moves all state to another root key.</param>
/// <param name="audit">Records what is done.</param>
/// <param name="backup">Makes backups.</param>
/// <param name="describe">Makes the status.</param>
internal sealed partial class AdminApi(
    Supervisor supervisor, EngineSet engines, StateKeeper keeper, KeyLifecycle keys, RootRewrap rewrap, AuditLog audit, BackupEndpoint backup, Func<StateSnapshot?, StatusReport> describe)
{
    /// <summary>Starts to serve. Settings come from nowhere but here: a settings file in the current folder is the proxy's.</summary>
    public async Task<WebApplication> StartAsync(string socketPath, CancellationToken cancellationToken)
    {
        File.Delete(socketPath);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = 0;
            options.ListenUnixSocket(socketPath);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        WebApplication app = builder.Build();
        app.UseRouting();
        app.Use(next => context => new AuditGate(audit).InvokeAsync(context, next));
        app.MapGet("/status", StatusAsync);
        app.MapGet("/apps", ListAsync);
        app.MapPost("/apps/{name}", CreateAsync);
        app.MapGet("/apps/{name}/keys", KeysAsync);
        MapKeys(app);
        app.MapPost("/engine/replace", ReplaceAsync);
        backup.Map(app);
        await app.StartAsync(cancellationToken).ConfigureAwait(false);
        File.SetUnixFileMode(socketPath, PrivateFile.Mode);
        return app;
    }

    private Task StatusAsync(HttpContext context) => AnswerAsync(
        context, async () => (200, describe(await TryReadAsync(context.RequestAborted).ConfigureAwait(false))), AdminJson.Default.StatusReport);

    // A store that is refused is the very thing that somebody who asks for the status wants to learn of.
    private async Task<StateSnapshot?> TryReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await keeper.ReadAsync(cancellationToken).ConfigureAwait(false)).Snapshot;
        }
        catch (StoreException)
        {
            return null;
        }
    }

    private Task ListAsync(HttpContext context) => AnswerAsync(
        context,
        async () => (200, new AppListReport((await keeper.ReadAsync(context.RequestAborted).ConfigureAwait(false)).Snapshot.Apps)),
        AdminJson.Default.AppListReport);

    private Task CreateAsync(HttpContext context) => AnswerAsync(
        context,
        async () =>
        {
            // Who asked may go away; what was begun is brought to its end.
            string name = Target(context);
            return await keys.CreateAsync(name, CancellationToken.None).ConfigureAwait(false)
                ? (201, new AppListReport([name]))
                : throw new AdminException(409, "the app exists already");
        },
        AdminJson.Default.AppListReport);

    private Task KeysAsync(HttpContext context) => AnswerAsync(
        context,
        async () =>
        {
            string name = Target(context);
            KeyDescription[] found = await keys.DescribeAsync(name, context.RequestAborted).ConfigureAwait(false) ?? throw new AdminException(404, "there is no such app");
            return (200, new AppKeysReport(name, [.. found.Select(Describe)]));
        },
        AdminJson.Default.AppKeysReport);

    private Task ReplaceAsync(HttpContext context) => AnswerAsync(
        context,
        async () =>
        {
            try
            {
                return (200, new EngineReport(await supervisor.ReplaceAsync("an operator asked for it").ConfigureAwait(false)));
            }
            catch (ReplacementException e)
            {
                throw new AdminException(503, e.Message);
            }
        },
        AdminJson.Default.EngineReport);

    // The name of an app, while there is an engine to ask.
    private string Target(HttpContext context)
    {
        string name = (string)context.Request.RouteValues["name"]!;
        if (!Names.IsValid(name))
            throw new AdminException(400, "a name has 1 to 64 characters of a-z, 0-9, '-', '_' and '.'");
        return engines.Serving is null ? throw new AdminException(503, $"no engine is ready: {supervisor.Status.Reason}") : name;
    }

    private static KeyReport Describe(KeyDescription key) => new(
        KeyPurposeNames.Of(key.Purpose),
        key.Version,
        Convert.ToHexStringLower(key.KeyId.Span),
        key.Retired,
        key.PublicKey.IsEmpty ? null : Convert.ToBase64String(key.PublicKey.Span));

    private static async Task AnswerAsync<T>(HttpContext context, Func<Task<(int Status, T Body)>> answer, JsonTypeInfo<T> json)
    {
        (int Status, string Error) refusal;
        try
        {
            (context.Response.StatusCode, T body) = await answer().ConfigureAwait(false);
            await context.Response.WriteAsJsonAsync(body, json, cancellationToken: context.RequestAborted).ConfigureAwait(false);
            return;
        }
        catch (AdminException e)
        {
            refusal = (e.Status, e.Message);
        }
        catch (Exception e) when (e is EnclaveUnavailableException or EnclaveException or AttestationRefusedException or Keys.KeyAuthorityUnavailableException)
        {
            refusal = (503, e.Message);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            refusal = (503, "the engine did not answer in time");
        }
        catch (StoreException e)
        {
            refusal = (500, e.Message);
        }

        context.Response.StatusCode = refusal.Status;
        await context.Response.WriteAsJsonAsync(new AdminError(refusal.Error), AdminJson.Default.AdminError, cancellationToken: context.RequestAborted).ConfigureAwait(false);
    }

    private sealed class AdminException(int status, string message) : Exception(message)
    {
        public int Status { get; } = status;
    }
}
