using System.Text;
using E3.Relay.Rules.Grammar;
using E3.Relay.Rules.Heads;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads one operation: a mapping with the operation's selectors under its name, and beside it what goes with it.</summary>
internal sealed class OperationReader(ProblemList problems, bool isResponse, OperationDefaults defaults)
{
    /// <summary>In the order of <see cref="FieldAction"/>.</summary>
    private static readonly string[] Actions = RuleGrammar.Operation.OneOf;

    /// <summary>The operation; null when a part that cannot be done without is missing or wrong.</summary>
    internal OperationModel? Read(DocumentNode node)
    {
        if (node is not MappingNode mapping)
        {
            problems.Add(node, RuleProblemCode.WrongType, $"an operation is a mapping such as encrypt: {{json: [$.card]}} with a role; this is {node.Kind}");
            return null;
        }

        MappingReader reader = new(mapping, RuleGrammar.Operation, problems);
        if (ReadAction(reader, mapping) is not { } action)
        {
            ReadRole(reader, "the operation");
            return null;
        }

        string name = Actions[(int)action];
        string? role = action == FieldAction.Redact ? "" : ReadRole(reader, name);
        if (reader.Mapping(name) is not { } selectors)
            return null;
        SelectorReader selected = new(problems, defaults.Namespaces, new HeadSelectorReader(problems, isResponse, defaults.Path));
        selected.Read(selectors, name, reader.Texts("required"));
        return role is null ? null : Build(mapping, reader, action, role, selected);
    }

    private OperationModel Build(MappingNode node, MappingReader reader, FieldAction action, string role, SelectorReader selected)
    {
        new OperationJudge(reader, problems).Judge(action, isResponse, selected);
        (CallerCondition? condition, HidingModel? others) = new CallerReader(problems, isResponse).Read(reader, action);
        PreserveFormat? preserve = PreserveReader.Read(reader, problems);
        HidingModel? hiding = ReadHiding(selected.Keys, action);
        JudgeShown(node, new[] { hiding, others }, selected.Head);
        return new OperationModel
        {
            RuleId = problems.RuleId ?? "",
            Node = node,
            Action = action,
            Role = role,
            IsResponse = isResponse,
            ExactNames = defaults.ExactNames,
            Json = selected.Json,
            Form = selected.Form,
            Xml = selected.Xml,
            Multipart = selected.Multipart,
            Body = selected.Body,
            Text = selected.Text,
            Head = selected.Head,
            Tokens = selected.Tokens,
            Binds = new BindReader(problems, selected, defaults).Read(reader),
            Incoming = ReadIncoming(reader, action, preserve),
            Deterministic = reader.Boolean("deterministic") ?? false,
            Preserve = preserve,
            Whole = reader.Boolean("whole") ?? false,
            Strict = reader.Boolean("strict") ?? false,
            EncryptEmpty = reader.Boolean("encryptEmpty") ?? true,
            Hiding = hiding,
            FailOnError = reader.Word("onError") is { } word ? word == "fail" : null,
            For = condition,
            Else = others,
        };
    }

    /// <summary>What can never stand in a head would refuse every message that has the field.</summary>
    private void JudgeShown(MappingNode node, IEnumerable<HidingModel?> shown, HeadSelectors head)
    {
        foreach (HidingModel? hiding in shown)
        {
            string? text = hiding?.Action switch { FieldAction.Mask => hiding.Mask.With.ToString(), FieldAction.Redact => hiding.Text, _ => null };
            string? place = text is null ? null : PlacesThatRefuse(text, head).FirstOrDefault();
            if (place is not null)
                problems.Add(node, RuleProblemCode.InvalidValue, $"shows '{text}', which cannot stand in a {place}: every message with a selected one would be refused; choose another 'with'");
        }
    }

    private static IEnumerable<string> PlacesThatRefuse(string text, HeadSelectors head)
    {
        if (head.Header.Count > 0 && !HeadText.IsFieldValue(text))
            yield return "header field";
        if (head.Cookie.Count > 0 && !HeadText.IsCookieValue(Encoding.UTF8.GetBytes(text)))
            yield return "cookie";
        if (head.Path.Count > 0 && !RequestTarget.IsSegment(Uri.EscapeDataString(text)))
            yield return "path segment";
    }

    private string? ReadRole(MappingReader reader, string operation)
    {
        if (reader.Required("role", $"name the role whose key is used for {operation}") is not { } node || reader.AsText(node, "role") is not { } role)
            return null;
        if (!NameGrammar.IsName(role.Value))
            problems.Add(role, RuleProblemCode.InvalidValue, NameGrammar.Complain("role", role.Value));
        return role.Value;
    }

    private FieldAction? ReadAction(MappingReader reader, MappingNode node)
    {
        string[] names = Actions.Where(reader.Has).ToArray();
        if (names.Length == 1)
            return (FieldAction)Array.IndexOf(Actions, names[0]);
        if (names.Length > 1)
            problems.Add(node, RuleProblemCode.InvalidValue, $"has {string.Join(" and ", names)}; make an operation of each");
        else
            problems.Add(node, RuleProblemCode.MissingKey, $"names no operation; it wants one of {string.Join(", ", Actions)}");
        return null;
    }

    /// <summary>What preserve makes is no token, so there is nothing to verify.</summary>
    private IncomingTokens ReadIncoming(MappingReader reader, FieldAction action, PreserveFormat? preserve)
    {
        if (preserve is not null)
            return IncomingTokens.Refuse;
        IncomingTokens byDefault = isResponse ? IncomingTokens.Verify : IncomingTokens.Refuse;
        if (action != FieldAction.Encrypt)
            return byDefault;
        return reader.Word("incoming") switch
        {
            "refuse" => IncomingTokens.Refuse,
            "verify" => IncomingTokens.Verify,
            _ => defaults.Incoming ?? byDefault,
        };
    }

    private HidingModel? ReadHiding(MappingReader keys, FieldAction action) => action switch
    {
        FieldAction.Mask => HidingReader.ReadMask(keys, problems),
        FieldAction.Redact => HidingReader.ReadRedaction(keys, problems),
        _ => null,
    };
}
