using E3.Relay.Helper.Admin;
using E3.Relay.Helper.Store;

namespace E3.Relay.Helper.Backup;

/// <summary><c>POST /backup</c>: the state as it is in the stores now, read anew and verified.</summary>
internal sealed class BackupEndpoint(ISealedStore store, ReadOnlyMemory<byte> fleetId, TimeProvider time)
{
    public const string Path = "/backup";

    public void Map(IEndpointRouteBuilder app) => app.MapPost(Path, AnswerAsync);

    private async Task AnswerAsync(HttpContext context)
    {
        try
        {
            StoreState state = await store.ReadAsync(null, context.RequestAborted).ConfigureAwait(false);
            if (state.Root is null)
                throw new StoreException(StoreError.RootMissing);
            context.Response.ContentType = "application/octet-stream";
            await BackupFile.WriteAsync(context.Response.Body, fleetId, state, time.GetUtcNow(), context.RequestAborted).ConfigureAwait(false);
        }
        catch (StoreException e) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await context.Response.WriteAsJsonAsync(new AdminError(e.Message), AdminJson.Default.AdminError, cancellationToken: context.RequestAborted).ConfigureAwait(false);
        }
    }
}
