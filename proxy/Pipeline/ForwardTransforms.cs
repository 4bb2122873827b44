using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>What every route of the forwarder does for planned requests, after the transforms of its configuration.</summary>
internal static class ForwardTransforms
{
    // The normal form is complete: canonicalizing it once more could only make it differ from what was judged.
    private static readonly UriCreationOptions AsJudged = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public static void Add(TransformBuilderContext builder)
    {
        var response = builder.Services.GetRequiredService<ResponseStep>();
        var observer = builder.Services.GetRequiredService<RuleObserver>();
        builder.AddRequestTransform(ForwardJudgedTarget);
        builder.AddResponseTransform(observer.ObserveResponseAsync);
        builder.AddResponseTransform(response.ApplyAsync);
    }

    // A route that rewrites the path keeps its own result; then the forwarder encodes what it made.
    private static ValueTask ForwardJudgedTarget(RequestTransformContext context)
    {
        HttpRequest request = context.HttpContext.Request;
        if (context.HttpContext.Features.Get<PlannedRequest>() is { } planned
            && context.Path == request.Path && context.Query.QueryString == request.QueryString)
        {
            context.ProxyRequest.RequestUri = new Uri(context.DestinationPrefix.TrimEnd('/') + planned.Target.Forwarded, in AsJudged);
        }

        return ValueTask.CompletedTask;
    }
}
