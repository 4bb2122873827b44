using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using E3.Relay.Proxy.Configuration;
using E3.Relay.Proxy.Listeners;
using E3.Relay.Proxy.Observability;
using E3.Relay.Proxy.Pipeline;
using E3.Relay.Proxy.Pipeline.Streaming;
using E3.Relay.Rules;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Transforms;

namespace E3.Relay.Proxy.RuleCommands;

/// <summary>Sends a message through the steps of the pipeline that serve traffic, without a server, an upstream or an engine.</summary>
internal sealed class DryRun : IDisposable
{
    private static readonly LimitOptions Limits = new();

    private readonly MeterFactory _meters = new();
    private readonly FieldTrace _trace = new();
    private readonly RuleSet _rules;
    private readonly RequestStep _requests;
    private readonly ResponseStep _responses;

    public DryRun(RuleSet rules)
    {
        _rules = rules;
        RelayMetrics metrics = new(_meters);
        FieldTransformer transformer = new(metrics, TimeProvider.System, TimeSpan.FromSeconds(10), _trace);
        RuleLimits ruleLimits = new() { BodyBytesMax = Limits.BodyBytesMax, DepthMax = Limits.DepthMax, FieldsMax = Limits.FieldsMax };
        MessageEditor editor = new(transformer, ruleLimits, metrics);
        BufferBudget budget = new(Limits.BufferedBytesMax);
        StreamedBodies streamed = new(transformer, Limits, ruleLimits, budget, metrics, NullLogger<StreamedBodies>.Instance);
        (_requests, _responses) = (new RequestStep(editor, streamed, Limits, budget), new ResponseStep(editor, streamed, Limits, budget, NullLogger<ResponseStep>.Instance));
    }

    /// <summary>What stands in for the engine.</summary>
    public DryRunCipher Cipher { get; } = new();

    /// <summary>Sends a request.</summary>
    public async Task<DryRunResult> SendAsync(DryRunRequest request, CancellationToken cancellationToken)
    {
        HttpContext context = ContextOf(request);
        (PlannedRequest? planned, RelayError? error) = Plan(context);
        await using (planned)
        {
            if (error is null && planned is not null)
                error = await _requests.ApplyAsync(context, planned);
            byte[] sent = error is null ? await ReadAsync(context.Request.Body, cancellationToken) : [];
            return new DryRunResult(error, request.Body ?? [], sent, context.Request.ContentType, _trace.Take(), HeadersOf(context.Request.Headers), planned?.Target.Forwarded);
        }
    }

    /// <summary>Takes a response to a request.</summary>
    public async Task<DryRunResult> ReceiveAsync(DryRunRequest request, DryRunResponse response, CancellationToken cancellationToken)
    {
        HttpContext context = ContextOf(request with { Body = null });
        (PlannedRequest? planned, RelayError? error) = Plan(context);
        await using (planned)
        {
            context.Features.Set(planned);
            using HttpResponseMessage upstream = UpstreamOf(response);
            CopyHead(upstream, context.Response);
            if (error is null)
                await _responses.ApplyAsync(new ResponseTransformContext { HttpContext = context, ProxyResponse = upstream, CancellationToken = cancellationToken });
            error ??= planned?.ResponseError;
            byte[] received = error is null ? await upstream.Content.ReadAsByteArrayAsync(cancellationToken) : [];
            return new DryRunResult(error, response.Body ?? [], received, context.Response.ContentType, _trace.Take(), HeadersOf(context.Response.Headers), null);
        }
    }

    public void Dispose() => _meters.Dispose();

    private (PlannedRequest? Planned, RelayError? Error) Plan(HttpContext context)
    {
        Listener listener = new("rules", new IPEndPoint(IPAddress.Loopback, 0), null, Cipher, Cipher);
        RelayError? error = RequestJudge.Plan(context, listener, _rules, out PlannedRequest? planned);
        return (planned, error);
    }

    private static DefaultHttpContext ContextOf(DryRunRequest request)
    {
        DefaultHttpContext context = new();
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = request.Target;
        context.Features.Set<IHttpRequestBodyDetectionFeature>(new BodyDetection(request.Body is not null));
        if (request.Caller.Count > 0)
            context.User = new ClaimsPrincipal(new ClaimsIdentity(request.Caller.SelectMany(claim => claim.Value.Select(value => new Claim(claim.Key, value))), "example"));
        context.Request.Method = request.Method;
        foreach ((string name, string value) in request.Headers)
            context.Request.Headers.Append(name, value);
        context.Request.Host = new HostString(request.Host);
        if (request.ContentType is not null)
            context.Request.ContentType = request.ContentType;
        context.Request.ContentLength = request.Body?.Length;
        context.Request.Body = new MemoryStream(request.Body ?? []);
        return context;
    }

    private static HttpResponseMessage UpstreamOf(DryRunResponse response)
    {
        HttpResponseMessage upstream = new((HttpStatusCode)response.Status) { Content = new ByteArrayContent(response.Body ?? []) };
        if (response.ContentType is not null)
            upstream.Content.Headers.TryAddWithoutValidation("Content-Type", response.ContentType);
        foreach ((string name, string value) in response.Headers)
        {
            if (!upstream.Headers.TryAddWithoutValidation(name, value))
                upstream.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return upstream;
    }

    // Status and fields are at the client's answer already when the step runs, as the forwarder has it.
    private static void CopyHead(HttpResponseMessage upstream, HttpResponse response)
    {
        response.StatusCode = (int)upstream.StatusCode;
        foreach ((string name, HeaderStringValues values) in upstream.Headers.NonValidated.Concat(upstream.Content.Headers.NonValidated))
            response.Headers[name] = values.ToArray();
        response.ContentLength = upstream.Content.Headers.ContentLength;
    }

    private static async Task<byte[]> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        using MemoryStream copy = new();
        await body.CopyToAsync(copy, cancellationToken);
        return copy.ToArray();
    }

    private static KeyValuePair<string, string>[] HeadersOf(IHeaderDictionary headers) =>
        [.. headers.SelectMany(header => header.Value.Select(value => new KeyValuePair<string, string>(header.Key, value ?? "")))];

    private sealed class BodyDetection(bool canHaveBody) : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => canHaveBody;
    }

    private sealed class MeterFactory : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            Meter meter = new(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose() => _meters.ForEach(meter => meter.Dispose());
    }
}
