using E3.Relay.Enclave.Client;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.State;
using E3.Relay.Helper.Custody;
using E3.Relay.Helper.Store;
using Microsoft.AspNetCore.Http.Features;

namespace E3.Relay.Helper.Admin;

/// <content>What changes keys, policy and root. Who asked may go away; what was begun is brought to its end.</content>
internal sealed partial class AdminApi
{
    private void MapKeys(WebApplication app)
    {
        app.MapPost("/apps/{name}/keys/rotate", RotateAsync);
        app.MapPost("/apps/{name}/keys/{keyId}/retire", RetireAsync);
        app.MapPost("/policy", SetPolicyAsync);
        app.MapPost("/root/rewrap", RewrapAsync);
    }

    private Task RotateAsync(HttpContext context) => ChangeAsync(
        context,
        async () =>
        {
            var purposes = new List<KeyPurpose>();
            foreach (string? name in context.Request.Query["purpose"])
                purposes.Add(KeyPurposeNames.TryParse(name ?? "", out KeyPurpose purpose) ? purpose : throw new AdminException(400, $"a purpose is one of {string.Join(", ", KeyPurposeNames.All)}"));
            await keys.RotateAsync(Target(context), purposes.Count > 0 ? [.. purposes.Distinct()] : KeyLifecycle.RotatedPurposes, CancellationToken.None).ConfigureAwait(false);
        });

    private Task RetireAsync(HttpContext context) => ChangeAsync(
        context,
        async () =>
        {
            string text = (string)context.Request.RouteValues["keyId"]!;
            byte[] keyId = new byte[SealedEntry.KeyIdBytes];
            if (text.Length != 2 * keyId.Length || Convert.FromHexString(text, keyId, out _, out _) != System.Buffers.OperationStatus.Done)
                throw new AdminException(400, "a key id has 16 hexadecimal digits");
            await keys.RetireAsync(Target(context), keyId, CancellationToken.None).ConfigureAwait(false);
        });

    private Task SetPolicyAsync(HttpContext context) =>
        ChangeAsync(context, async () => await keys.SetPolicyAsync(await ReadDocumentAsync(context).ConfigureAwait(false), CancellationToken.None).ConfigureAwait(false));

    private Task RewrapAsync(HttpContext context) => ChangeAsync(
        context,
        async () =>
        {
            await rewrap.RunAsync(await ReadDocumentAsync(context).ConfigureAwait(false), CancellationToken.None).ConfigureAwait(false);
            await supervisor.ReplaceAsync("all state moved to another root key").ConfigureAwait(false);
        });

    private Task ChangeAsync(HttpContext context, Func<Task> change) => AnswerAsync(
        context,
        async () =>
        {
            try
            {
                await change().ConfigureAwait(false);
            }
            catch (EnclaveException e) when (Refusal(e.Code) is { } refusal)
            {
                throw refusal;
            }
            catch (ReplacementException e)
            {
                throw new AdminException(503, $"all state moved to another root key, and no engine took over yet: {e.Message}");
            }
            catch (PolicyRefusedException e)
            {
                throw new AdminException(409, e.Message);
            }
            catch (CustodyException e)
            {
                throw new AdminException(500, e.Message);
            }

            StoreState state = keeper.Known;
            return (200, new ChangeReport(state.Generation, state.Snapshot.Chain.Length, Convert.ToHexStringLower(state.Snapshot.Chain.Head.Span)));
        },
        AdminJson.Default.ChangeReport);

    private static AdminException? Refusal(ErrorCode code) => code switch
    {
        ErrorCode.AppUnknown => new(404, "the app has no such key"),
        ErrorCode.KeyNotLoaded => new(404, "the app has no key with that id"),
        ErrorCode.KeyNotRetirable => new(409, "the key is the newest of its purpose, or retired already; rotate first"),
        ErrorCode.OrderUntrusted => new(403, "the document is not signed by enough administrators of this fleet, is for another state, or is not newer than the one in force"),
        ErrorCode.MessageMalformed => new(400, "the document is none"),
        _ => null,
    };

    private static async Task<byte[]> ReadDocumentAsync(HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = ProtocolLimits.DocumentBytesMax;
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
        return body.ToArray();
    }
}
