namespace E3.Relay.Rules.Documents;

/// <summary>Reads one operation: a mapping with the operation's selectors under its name, and beside it what goes with it.</summary>
internal sealed class OperationReader(ProblemList problems, bool isResponse, OperationDefaults defaults)
{
    private static readonly string[] Actions = ["encrypt", "decrypt", "mask"];
    private static readonly string[] Known = [.. Actions, "role", "bind", "required", "incoming", "strict", "onError", "encryptEmpty"];
    private static readonly string[] Unsupported =
    [
        "rewrap", "redact", "hash", "deterministic", "preserve", "whole", "format", "accept", "for", "else", "mode", "until", "trusted", "tokens", "cache",
    ];

    /// <summary>The operation; null when a part that cannot be done without is missing or wrong.</summary>
    internal OperationModel? Read(DocumentNode node)
    {
        if (node is not MappingNode mapping)
        {
            problems.Add(node, RuleProblemCode.WrongType, $"an operation is a mapping such as encrypt: {{json: [$.card]}} with a role; this is {node.Kind}");
            return null;
        }

        MappingReader reader = new(mapping, "an operation", Known, Unsupported, problems);
        string? role = ReadRole(reader);
        if (ReadAction(reader, mapping) is not { } name || reader.Mapping(name) is not { } selectors)
            return null;
        FieldAction action = (FieldAction)Array.IndexOf(Actions, name);
        HeadSelectorReader head = new(problems, isResponse, defaults.Path);
        SelectorReader selected = new(problems, action, head);
        selected.Read(selectors, name, reader.Texts("required"));
        JudgeSiblings(reader, action);
        List<BindSource> binds = new BindReader(problems).Read(reader, hasForm: selected.Form.Count > 0);
        if (role is null)
            return null;
        return new OperationModel
        {
            RuleId = problems.RuleId ?? "",
            Node = mapping,
            Action = action,
            Role = role,
            IsResponse = isResponse,
            ExactNames = defaults.ExactNames,
            Json = selected.Json,
            Form = selected.Form,
            Head = head.Selectors,
            Binds = binds,
            Incoming = ReadIncoming(reader, action),
            Strict = reader.Boolean("strict") ?? false,
            EncryptEmpty = reader.Boolean("encryptEmpty") ?? true,
            MaskFirst = selected.MaskFirst,
            MaskLast = selected.MaskLast,
            FailOnError = reader.Word("onError", "leave", "fail") is { } word ? word == "fail" : null,
        };
    }

    private string? ReadRole(MappingReader reader)
    {
        if (reader.Required("role", "name the role whose key is used") is not { } node || reader.AsText(node, "role") is not { } role)
            return null;
        if (!NameGrammar.IsName(role.Value))
            problems.Add(role, RuleProblemCode.InvalidValue, $"'role' is {NameGrammar.Words}");
        return role.Value;
    }

    private string? ReadAction(MappingReader reader, MappingNode node)
    {
        string[] names = Actions.Where(reader.Has).ToArray();
        if (names.Length == 1)
            return names[0];
        if (names.Length > 1)
            problems.Add(node, RuleProblemCode.InvalidValue, $"has {string.Join(" and ", names)}; make an operation of each");
        else if (!Unsupported.Any(reader.Has))
            problems.Add(node, RuleProblemCode.MissingKey, $"names no operation; it wants one of {string.Join(", ", Actions)}");
        return null;
    }

    private IncomingTokens ReadIncoming(MappingReader reader, FieldAction action)
    {
        IncomingTokens byDefault = isResponse ? IncomingTokens.Verify : IncomingTokens.Refuse;
        if (action != FieldAction.Encrypt)
            return byDefault;
        return reader.Word("incoming", "refuse", "verify") switch
        {
            "refuse" => IncomingTokens.Refuse,
            "verify" => IncomingTokens.Verify,
            _ => defaults.Incoming ?? byDefault,
        };
    }

    /// <summary>A switch that means nothing for the operation is a mistake, not something to pass over.</summary>
    private void JudgeSiblings(MappingReader reader, FieldAction action)
    {
        Judge("incoming", action == FieldAction.Encrypt, "is for encrypt");
        Judge("encryptEmpty", action == FieldAction.Encrypt, "is for encrypt");
        Judge("strict", action == FieldAction.Decrypt, "is for decrypt");
        Judge("onError", action != FieldAction.Encrypt && isResponse, "is for decrypt and mask in a response; a request whose operation fails is always refused");

        void Judge(string key, bool allowed, string message)
        {
            if (!allowed && reader.TryGet(key, out DocumentNode? value))
                problems.Add(value, RuleProblemCode.InvalidValue, $"'{key}' {message}; remove it here");
        }
    }
}
