using E3.Relay.Rules.Documents;
using E3.Relay.Rules.Heads;
using E3.Relay.Rules.Selectors;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Bodies;

/// <summary>Compiles operations for one kind of body, or for heads.</summary>
internal sealed class BodyCompiler
{
    private readonly List<FieldOperation> _operations = [];
    private readonly List<OperationModel> _models = [];
    private readonly List<SelectorTarget> _targets = [];
    private readonly List<(JsonPath Path, bool ExactNames)> _json = [];
    private readonly List<(FormName Name, bool ExactNames)> _form = [];
    private readonly HeadMatcher.Builder _head = new();
    private readonly List<XmlSelector> _xml = [];
    private readonly List<TextPattern> _text = [];
    private readonly List<BoundSource[]> _binds = [];
    private readonly List<(OperationModel Model, bool IsBound)> _guards = [];
    private readonly MaskTable _masks;
    private int _bindSlots, _tokenOperation = -1;
    private bool _tokensConflict;

    private BodyCompiler(MaskTable masks) => _masks = masks;

    /// <summary>The compiled operations; null when none has a selector for this kind of body.</summary>
    internal static CompiledBody? Compile(IEnumerable<OperationModel> operations, ContentKind kind, bool isResponse, MaskTable masks, bool guardsMethod = false)
    {
        BodyCompiler compiler = new(masks);
        foreach (OperationModel operation in operations)
        {
            if (operation.Tokens && kind is ContentKind.Json or ContentKind.Form or ContentKind.Multipart or ContentKind.Text)
                compiler.AddTokens(operation);
            if (kind == ContentKind.Json)
                compiler.AddJson(operation);
            else if (kind == ContentKind.Form)
                compiler.AddForm(operation, operation.Form);
            else if (kind == ContentKind.Multipart)
                compiler.AddForm(operation, operation.Multipart);
            else if (kind == ContentKind.Whole)
                compiler.AddWhole(operation);
            else if (kind == ContentKind.Xml)
                compiler.AddXml(operation);
            else if (kind == ContentKind.Text)
                compiler.AddText(operation);
            else
                compiler.AddHead(operation);
        }

        if (kind is ContentKind.Form or ContentKind.Multipart && !isResponse)
            compiler.AddGuards(operations, guardsMethod);
        return compiler._operations.Count + compiler._guards.Count == 0 ? null : compiler.Build(kind, isResponse);
    }

    /// <summary>Rules for different hosts meet on a request whose host is none.</summary>
    private void AddTokens(OperationModel model)
    {
        int operation = OperationFor(model, false);
        _tokensConflict |= _tokenOperation >= 0 && !_models[_tokenOperation].DoesSameAs(model);
        _tokenOperation = operation;
    }

    /// <summary>Selectors of queries look for their fields in forms too, and so do bound names. A selector of all names says nothing about forms.</summary>
    private void AddGuards(IEnumerable<OperationModel> operations, bool guardsMethod)
    {
        if (guardsMethod && operations.FirstOrDefault() is { } any)
        {
            _form.Add((QueryGuard.MethodField, false));
            _guards.Add((any, true));
        }

        foreach (OperationModel model in operations)
        {
            foreach (SelectorModel<FormName> query in model.Head.Query.Where(query => query.Selector.Name.Length > 0))
            {
                _form.Add((query.Selector, model.ExactNames));
                _guards.Add((model, false));
            }

            foreach (FormName bound in model.Binds.Select(bind => bind.Query).OfType<FormName>())
            {
                _form.Add((bound, model.ExactNames));
                _guards.Add((model, true));
            }
        }
    }

    private SelectorTarget Guard((OperationModel Model, bool IsBound) guard) =>
        new(-1, -1, false, guard.Model.RuleId, Guards: true, Family: guard.IsBound ? -1 : _models.FindIndex(guard.Model.DoesSameAs));

    private void AddJson(OperationModel model)
    {
        foreach (SelectorModel<JsonPath> selector in model.Json)
        {
            // First the operation: its bound values are selectors too.
            int operation = OperationFor(model, selector.Selector.IsSingular);
            _json.Add((selector.Selector, model.ExactNames));
            _targets.Add(new SelectorTarget(operation, -1, selector.IsRequired, model.RuleId));
        }
    }

    private void AddWhole(OperationModel model)
    {
        if (model.Body)
            AddTarget(model, true, false);
    }

    private void AddForm(OperationModel model, IReadOnlyList<SelectorModel<FormName>> names)
    {
        foreach (SelectorModel<FormName> selector in names)
        {
            _form.Add((selector.Selector, model.ExactNames));
            _targets.Add(new SelectorTarget(OperationFor(model, !selector.Selector.IsPrefix), -1, selector.IsRequired, model.RuleId));
        }
    }

    private void AddHead(OperationModel model)
    {
        foreach (SelectorModel<FormName> query in model.Head.Query)
            _head.Query.Add((query.Selector, model.ExactNames, AddTarget(model, !query.Selector.IsPrefix, query.IsRequired)));
        foreach (SelectorModel<FormName> cookie in model.Head.Cookie)
            _head.Cookies.Add((cookie.Selector, model.ExactNames, AddTarget(model, !cookie.Selector.IsPrefix, cookie.IsRequired)));
        foreach (SelectorModel<HeaderName> header in model.Head.Header)
            _head.Headers.Add((header.Selector, model.ExactNames, AddTarget(model, !header.Selector.IsPrefix, header.IsRequired)));
        foreach (SelectorModel<int> segment in model.Head.Path)
            _head.Segments.Add((segment.Selector, AddTarget(model, true, segment.IsRequired)));
    }

    private int AddTarget(OperationModel model, bool isSingular, bool isRequired)
    {
        _targets.Add(new SelectorTarget(OperationFor(model, isSingular), -1, isRequired, model.RuleId));
        return _targets.Count - 1;
    }

    private void AddXml(OperationModel model)
    {
        foreach (SelectorModel<XmlPath> selector in model.Xml)
        {
            int operation = OperationFor(model, selector.Selector.IsSingular);
            _xml.Add(new XmlSelector(selector.Selector, model.ExactNames));
            _targets.Add(new SelectorTarget(operation, -1, selector.IsRequired, model.RuleId));
        }
    }

    private void AddText(OperationModel model)
    {
        foreach (SelectorModel<TextPattern> selector in model.Text)
        {
            AddTarget(model, false, selector.IsRequired);
            _text.Add(selector.Selector);
        }
    }

    /// <summary>One rule's operation becomes two when some of its selectors fail on tokens that do not open and others do not.</summary>
    private int OperationFor(OperationModel model, bool isSingular)
    {
        bool fails = model.Fails(isSingular);
        for (int i = 0; i < _models.Count; i++)
        {
            if (ReferenceEquals(_models[i], model) && _operations[i].FailOnUnopenable == fails)
                return i;
        }

        _models.Add(model);
        _binds.Add([.. model.Binds.Select(source => new BoundSource(source.PathSegment, SlotFor(source, model), source.Claim, BoundHead.Of(source, model)))]);
        _operations.Add(new FieldOperation
        {
            Action = model.Action,
            RuleId = model.RuleId,
            Role = model.Role,
            Deterministic = model.Deterministic,
            Preserve = model.Action is FieldAction.Encrypt or FieldAction.Decrypt ? model.Preserve : null,
            Whole = model.Whole,
            MaskFirst = model.MaskFirst,
            MaskLast = model.MaskLast,
            MaskWith = model.Hiding?.Mask.With ?? MaskShape.Star,
            RedactWith = model.Hiding?.Text ?? "",
            Incoming = model.Incoming,
            FailOnUnopenable = fails,
            Strict = model.Strict,
            EncryptEmpty = model.EncryptEmpty,
            IsBound = model.Binds.Count > 0,
            Masks = _masks.Of(model.Role),
        });
        return _operations.Count - 1;
    }

    private int SlotFor(BindSource source, OperationModel model)
    {
        if (source.Xml is { } xml)
            return SlotFor(xml, model);
        return source.Json is { } json ? SlotFor(json, model) : -1;
    }

    private int SlotFor(XmlPath path, OperationModel model)
    {
        _xml.Add(new XmlSelector(path, model.ExactNames));
        _targets.Add(new SelectorTarget(-1, _bindSlots, false, model.RuleId));
        return _bindSlots++;
    }

    private int SlotFor(JsonPath path, OperationModel model)
    {
        for (int i = 0; i < _targets.Count; i++)
        {
            if (_targets[i].BindSlot >= 0 && _json[i].Path.Text == path.Text && _json[i].ExactNames == model.ExactNames)
                return _targets[i].BindSlot;
        }

        _json.Add((path, model.ExactNames));
        _targets.Add(new SelectorTarget(-1, _bindSlots, false, model.RuleId));
        return _bindSlots++;
    }

    private CompiledBody Build(ContentKind kind, bool isResponse) => new()
    {
        Kind = kind,
        IsResponse = isResponse,
        Operations = [.. _operations],
        Families = [.. _models.Select(model => _models.FindIndex(model.DoesSameAs))],
        Targets = [.. _targets, .. _guards.Select(Guard)],
        TokenOperation = _tokenOperation,
        TokensConflict = _tokensConflict,
        Binds = [.. _binds],
        BindSlots = _bindSlots,
        Json = kind == ContentKind.Json ? new JsonAutomaton(_json) : null,
        Form = kind == ContentKind.Form ? new FormMatcher(_form) : null,
        Multipart = kind == ContentKind.Multipart ? new FormMatcher(_form) : null,
        Head = kind == ContentKind.Head ? new HeadMatcher(_head) : null,
        Xml = kind == ContentKind.Xml ? new XmlMatcher(_xml) : null,
        Text = [.. _text],
    };
}
