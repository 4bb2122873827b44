using E3.Relay.Rules.Documents;
using E3.Relay.Rules.Heads;

namespace E3.Relay.Rules.Bodies;

/// <summary>The rules that match a set of requests, compiled for each kind of body. Immutable and shared between the requests.</summary>
internal sealed class RoutePlan
{
    private readonly Lazy<Direction> _request, _response;

    internal RoutePlan(IReadOnlyList<RuleModel> rules, bool allowsUnmatchedBody, MaskTable masks)
    {
        Rules = rules;
        RuleIds = [.. rules.Select(rule => rule.Id)];
        AllowsUnmatchedBody = allowsUnmatchedBody;
        HasRequestRules = rules.Any(rule => rule.Request.Count > 0);
        HasResponseRules = rules.Any(rule => rule.Response.Count > 0);
        StreamsRequests = rules.All(rule => rule.StreamsLarge || rule.Request.Count == 0);
        StreamsResponses = rules.All(rule => rule.StreamsLarge || rule.Response.Count == 0);
        KeepsCache = rules.All(rule => rule.KeepsCache || rule.Response.Count == 0);
        KeepsRequestCoding = rules.All(rule => rule.KeepsCoding || !rule.Request.Any(operation => operation.ShowsInBodies));
        KeepsResponseCoding = rules.All(rule => rule.KeepsCoding || !rule.Response.Any(operation => operation.ShowsInBodies));
        _request = new(() => new Direction(rules, false, masks, methodMatters: !allowsUnmatchedBody));
        _response = new(() => new Direction(rules, true, masks, methodMatters: false));
    }

    internal IReadOnlyList<RuleModel> Rules { get; }

    internal IReadOnlyList<string> RuleIds { get; }

    internal bool AllowsUnmatchedBody { get; }

    internal bool HasRequestRules { get; }

    internal bool HasResponseRules { get; }

    /// <summary>The operations on the heads of requests.</summary>
    internal CompiledBody? RequestHead => HasRequestRules ? _request.Value.Head : null;

    /// <summary>The operations on the heads of responses.</summary>
    internal CompiledBody? ResponseHead => HasResponseRules ? _response.Value.Head : null;

    internal bool KeepsCache { get; }

    internal bool StreamsRequests { get; }

    internal bool StreamsResponses { get; }

    internal bool KeepsRequestCoding { get; }

    internal bool KeepsResponseCoding { get; }

    internal BodyPlanResult ForRequest(string? contentType, bool hasBody, RequestTarget target, ICaller? caller)
    {
        if (!HasRequestRules)
            return hasBody && !AllowsUnmatchedBody ? Refused(403, RefusalCode.UnmatchedBody, null) : default;
        return _request.Value.Choose(contentType, hasBody, target, caller);
    }

    internal BodyPlanResult ForResponse(string? contentType, bool hasBody, RequestTarget target, ICaller? caller) =>
        HasResponseRules ? _response.Value.Choose(contentType, hasBody, target, caller) : default;

    private static BodyPlanResult Refused(int status, RefusalCode code, string? ruleId) => new(null, new Refusal(status, code, ruleId));

    /// <summary>The operations of one direction.</summary>
    private sealed class Direction
    {
        private readonly RuleModel[] _rules;
        private readonly bool _isResponse;
        private readonly CompiledBody? _json, _form, _xml, _multipart, _text, _whole;
        private readonly BodyPlan? _sharedJson, _sharedForm, _sharedXml;
        private readonly QueryGuard? _guard;

        /// <param name="rules">The rules.</param>
        /// <param name="isResponse">Which direction it is.</param>
        /// <param name="masks">What rules show in place of values.</param>
        /// <param name="methodMatters">Other methods have other rules on the same path.</param>
        internal Direction(IReadOnlyList<RuleModel> rules, bool isResponse, MaskTable masks, bool methodMatters)
        {
            _isResponse = isResponse;
            _rules = [.. rules.Where(rule => Operations(rule).Count > 0)];
            OperationModel[] operations = [.. _rules.SelectMany(Operations)];
            _json = BodyCompiler.Compile(operations, ContentKind.Json, isResponse, masks);
            _form = BodyCompiler.Compile(operations, ContentKind.Form, isResponse, masks, methodMatters);
            _xml = BodyCompiler.Compile(operations, ContentKind.Xml, isResponse, masks);
            _multipart = BodyCompiler.Compile(operations, ContentKind.Multipart, isResponse, masks, methodMatters);
            _whole = BodyCompiler.Compile(operations, ContentKind.Whole, isResponse, masks);
            _text = BodyCompiler.Compile(operations, ContentKind.Text, isResponse, masks);
            Head = BodyCompiler.Compile(operations, ContentKind.Head, isResponse, masks);
            _guard = isResponse ? null : QueryGuard.Create(operations, methodMatters);
            _sharedJson = _json is { HasBinds: false } ? new BodyPlan(_json, null) : null;
            _sharedForm = _form is { HasBinds: false } ? new BodyPlan(_form, null) : null;
            _sharedXml = _xml is { HasBinds: false } ? new BodyPlan(_xml, null) : null;
        }

        internal CompiledBody? Head { get; }

        private IReadOnlyList<OperationModel> Operations(RuleModel rule) => _isResponse ? rule.Response : rule.Request;

        internal BodyPlanResult Choose(string? contentType, bool hasBody, RequestTarget target, ICaller? caller)
        {
            ContentKind kind = MediaType.KindOf(contentType, _text is not null);
            if (_guard?.FindRule(target.Query) is { } ruleId)
                return Refused(400, RefusalCode.AmbiguousForm, ruleId);
            if (!hasBody)
                return JudgeWithoutBody(kind);
            if (kind is ContentKind.Malformed or ContentKind.OtherCharset && Array.Find(_rules, SpeaksOfBodies) is { } speaking)
                return Refuse(kind == ContentKind.Malformed ? RefusalCode.MalformedContentType : RefusalCode.UnsupportedCharset, speaking);
            if (kind == ContentKind.OtherMultipart && Array.Find(_rules, rule => SpeaksOfForms(rule) || SpeaksOfXml(rule)) is { } forms)
                return Refuse(RefusalCode.MalformedContentType, forms);
            if (kind == ContentKind.Other && _xml is not null && MediaType.IsBinaryXml(contentType!) && Array.Find(_rules, SpeaksOfXml) is { } xml)
                return Refuse(RefusalCode.UnsupportedContentType, xml);
            foreach (RuleModel rule in _rules)
            {
                if (!rule.PassesOtherTypes && SpeaksOfBodies(rule) && !Operations(rule).Any(operation => Inspects(operation, kind)))
                    return Refuse(kind == ContentKind.Missing ? RefusalCode.MissingContentType : RefusalCode.UnsupportedContentType, rule);
            }

            BodyPlanResult chosen = kind switch
            {
                ContentKind.Json => Plan(_json, _sharedJson, target, caller),
                ContentKind.JsonLines or ContentKind.JsonSequence => _json is null ? default : new BodyPlanResult(new BodyPlan(_json, target, caller, kind), null),
                ContentKind.Form => Plan(_form, _sharedForm, target, caller),
                ContentKind.Xml => Plan(_xml, _sharedXml, target, caller),
                ContentKind.Multipart => _multipart is null ? default : new BodyPlanResult(new BodyPlan(_multipart, target, caller, contentType!), null),
                _ when IsText(kind) && _text is not null => new BodyPlanResult(new BodyPlan(_text, target, caller, kind), null),
                _ => default,
            };
            return _whole is null ? chosen : new BodyPlanResult(new BodyPlan(_whole, target, caller, chosen.Plan), null);
        }

        /// <summary>Some readers take any multipart for a form, and a form for a part of the query.</summary>
        private bool SpeaksOfForms(RuleModel rule) =>
            Operations(rule).Any(operation => operation.Form.Count + operation.Multipart.Count > 0 || operation.Head.Query.Exists(query => query.Selector.Name.Length > 0) || operation.Binds.Any(bind => bind.Query is not null));

        /// <summary>SOAP servers take the XML out of multipart/related, with or without XOP, wherever they take XML.</summary>
        private bool SpeaksOfXml(RuleModel rule) => Operations(rule).Any(operation => operation.Xml.Count > 0);

        /// <summary>
        /// A rule for the heads of answers has nothing to hide in their bodies. A request rule opens its path for bodies that would be refused without it, so it says itself that
        /// they may pass.
        /// </summary>
        private bool SpeaksOfBodies(RuleModel rule) => !_isResponse || Operations(rule).Any(operation => operation.SelectsInBodies);

        private static BodyPlanResult Plan(CompiledBody? compiled, BodyPlan? shared, RequestTarget target, ICaller? caller) =>
            compiled is null ? default : new BodyPlanResult(shared ?? new BodyPlan(compiled, target, caller), null);

        /// <summary>A request without a body has no required field either. A response without one (to HEAD, 204, 304) has nothing to show.</summary>
        private BodyPlanResult JudgeWithoutBody(ContentKind kind)
        {
            if (_isResponse)
                return default;
            foreach (RuleModel rule in _rules)
            {
                foreach (OperationModel operation in rule.Request)
                {
                    if (IsRequired(operation, kind))
                        return Refused(422, RefusalCode.RequiredMissing, rule.Id);
                }
            }

            return default;
        }

        private static bool IsRequired(OperationModel operation, ContentKind kind) => kind switch
        {
            ContentKind.Json or ContentKind.JsonLines or ContentKind.JsonSequence => operation.Json.Any(selector => selector.IsRequired),
            ContentKind.Form => operation.Form.Any(selector => selector.IsRequired),
            ContentKind.Xml => operation.Xml.Any(selector => selector.IsRequired),
            ContentKind.Multipart or ContentKind.OtherMultipart => operation.Multipart.Any(selector => selector.IsRequired),
            _ when IsText(kind) => operation.Text.Any(selector => selector.IsRequired),
            ContentKind.Missing => operation.HasRequired,
            _ => false,
        };

        private static bool Inspects(OperationModel operation, ContentKind kind) => operation.Body || kind switch
        {
            ContentKind.Json or ContentKind.JsonLines or ContentKind.JsonSequence => operation.Tokens || operation.Json.Count > 0,
            ContentKind.Form => operation.Tokens || operation.Form.Count > 0,
            ContentKind.Multipart => operation.Tokens || operation.Multipart.Count > 0,
            ContentKind.Xml => operation.Xml.Count > 0,
            _ when IsText(kind) => operation.Tokens || operation.Text.Count > 0,
            _ => false,
        };

        private static bool IsText(ContentKind kind) => kind is ContentKind.Text or ContentKind.AsciiText or ContentKind.Table or ContentKind.AsciiTable;

        private BodyPlanResult Refuse(RefusalCode code, RuleModel rule) => Refused(_isResponse ? 502 : 415, code, rule.Id);
    }
}
