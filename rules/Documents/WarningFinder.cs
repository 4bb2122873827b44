using E3.Relay.Rules.Matching;
using E3.Relay.Rules.Selectors;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Documents;

/// <summary>Finds what loads and is probably not meant, as far as that follows from the rules alone.</summary>
internal sealed class WarningFinder(IReadOnlyList<RuleModel> rules, SearchBudget budget, Action<DocumentNode, RuleModel, RuleProblemCode, string> warn)
{
    private readonly MeetingIndex _index = new(methodsMatter: false);

    /// <summary>The engine shows no character of a value of which a mask would leave more than half; a card number has 16.</summary>
    private const int MaskKeptMax = 8;

    /// <summary>Judges all rules of one set.</summary>
    /// <param name="passesUnmatched">Whether bodies on paths without rules pass.</param>
    internal void Find(bool passesUnmatched)
    {
        foreach (RuleModel rule in rules)
            _index.Add(rule);
        foreach (RuleModel rule in rules)
        {
            foreach (OperationModel operation in rule.Request.Concat(rule.Response))
                Judge(operation, rule);
            if (passesUnmatched && rule.Request.Count > 0)
                JudgeNeighbours(rule);
        }

        FindRepeated();
    }

    private void Judge(OperationModel operation, RuleModel rule)
    {
        // A mask that keeps characters shows a part of what a token holds to whoever put it there. It is for those who may not see the value, so rules that let no token in may stand without 'bind'.
        if (operation is { Action: FieldAction.Decrypt, IsResponse: true, Preserve: null } or { Action: FieldAction.Mask, IsResponse: true, MaskFirst: > 0 } or { Action: FieldAction.Mask, IsResponse: true, MaskLast: > 0 })
            JudgeOpening(operation, rule);
        if (EmptySelectors.Find(operation) is { } nothing)
            warn(operation.Node, rule, RuleProblemCode.SelectsNothing, $"'{nothing}' selects nothing, whatever the body is; mend it, or remove it");
        JudgeBinds(operation, rule);
        if (!operation.ExactNames && operation.Xml.FirstOrDefault(xml => xml.Selector.Expression is not null) is { } evaluated)
        {
            warn(operation.Node, rule, RuleProblemCode.ExactExpression,
                $"'{evaluated.Selector.Text}' is evaluated over the whole document, where names and namespaces are compared exactly: the same element in another case or namespace, which some servers take for it, is not selected; write a path of names alone, or 'names: exact' if this is meant");
        }

        if (operation.Action == FieldAction.Decrypt && operation.Head.Path.Count + operation.Head.Query.Count > 0)
        {
            warn(operation.Node, rule, RuleProblemCode.DecryptIntoTarget,
                "writes values into the path or the query, which the upstream and what is before it put into their logs; decrypt into a header or a body");
        }

        foreach (HidingModel mask in operation.Shown.Where(shown => shown.Action == FieldAction.Mask && shown.Mask.First + shown.Mask.Last > MaskKeptMax))
        {
            int kept = mask.Mask.First + mask.Mask.Last;
            warn(operation.Node, rule, RuleProblemCode.WideMask,
                $"the mask keeps {kept} characters, and no mask shows more than half of a value: one with fewer than {2 * kept} characters is hidden whole; keep fewer, such as last: 4");
        }
    }

    private void JudgeOpening(OperationModel decrypt, RuleModel rule)
    {
        (RuleModel Rule, OperationModel Operation)[] writers = [.. Writers(decrypt, rule)];
        if (writers.Length > 0 && writers.All(writer => writer.Operation.Binds.Count != decrypt.Binds.Count))
        {
            (RuleModel by, OperationModel encrypt) = writers[0];
            warn(decrypt.Node, rule, RuleProblemCode.BindMismatch,
                $"binds {decrypt.Binds.Count} values, and rule '{by.Id}' (line {encrypt.Node.Line}) that encrypts the field binds {encrypt.Binds.Count}: its tokens never open here; write the same 'bind' in both");
        }
        else if (decrypt.Binds.Count > 0)
        {
            return;
        }
        else if (Array.Find(writers, writer => decrypt.Action == FieldAction.Decrypt || writer.Operation.Incoming == IncomingTokens.Verify) is { Rule: not null } written)
        {
            warn(decrypt.Node, rule, RuleProblemCode.DecryptWithoutBind,
                $"{Opens(decrypt)} without 'bind' what rule '{written.Rule.Id}' (line {written.Operation.Node.Line}) lets callers write: a token copied from elsewhere opens here too; bind both to what the value belongs to, such as bind: [\"path:2\"]");
        }
        else if (WideSelector(decrypt) is { } selector)
        {
            warn(decrypt.Node, rule, RuleProblemCode.WideDecryptWithoutBind,
                $"'{selector}' {Opens(decrypt)} tokens in fields of other names or places too, without 'bind': whoever can put a copied token into one of them reads it; bind it, or name the fields");
        }
    }

    private static string Opens(OperationModel operation) => operation.Action == FieldAction.Mask ? "shows a part of" : "opens";

    private void JudgeBinds(OperationModel operation, RuleModel rule)
    {
        if (operation is { Action: FieldAction.Decrypt, Binds.Count: > 0 } && operation.Binds.All(bind => bind.PathSegment > 0 && rule.Path.WhyNoValue(bind.PathSegment) is not null))
        {
            warn(operation.Node, rule, RuleProblemCode.ConstantBind,
                $"binds only what is the same for all requests of '{rule.Path.Text}': a token copied from another of them opens here too; bind what tells whose value it is, such as a segment where the pattern has *, or claim:sub");
        }

        foreach (BindSource bind in operation.IsResponse ? [] : operation.Binds)
        {
            if (Changer(operation, rule, bind) is not var (by, change))
                continue;
            warn(operation.Node, rule, RuleProblemCode.BoundValueChanged,
                $"'{bind.Text}' is bound as it comes, and rule '{by.Id}' (line {change.Node.Line}) changes it on its way: where the upstream's answer is bound to what it holds there, the tokens do not open; bind something that no rule changes");
        }
    }

    /// <summary>The request operation that changes a bound value of the body, if there is one.</summary>
    private (RuleModel By, OperationModel Operation)? Changer(OperationModel binding, RuleModel rule, BindSource bind)
    {
        foreach (RuleModel other in Sharing(rule).Where(rule.Overlaps))
        {
            if (other.Request.FirstOrDefault(operation => budget.Take(SearchBudget.Comparison * (operation.Json.Count + operation.Xml.Count)) &&
                ((bind.Json is { } json && operation.Json.Any(selector => SelectorOverlap.Meet(json, binding.ExactNames, selector.Selector, operation.ExactNames)))
                || (bind.Xml is { } xml && operation.Xml.Any(selector => XmlOverlap.Meet(xml, binding.ExactNames, selector.Selector, operation.ExactNames))))) is { } change)
            {
                return (other, change);
            }
        }

        return null;
    }

    /// <summary>Request operations that encrypt a field that the operation opens.</summary>
    private IEnumerable<(RuleModel, OperationModel)> Writers(OperationModel decrypt, RuleModel rule) =>
        from other in Sharing(rule)
        from encrypt in other.Request
        where encrypt is { Action: FieldAction.Encrypt, Preserve: null } && encrypt.Role == decrypt.Role && budget.Take(encrypt, decrypt, SearchBudget.Comparison) && Meet(encrypt, decrypt)
        select (other, encrypt);

    /// <summary>Rules that are applied to what the rule is for, whatever their methods.</summary>
    private IEnumerable<RuleModel> Sharing(RuleModel rule) => _index.Candidates(rule).ToArray()
        .Select(number => rules[number]).Where(other => other.ObservesUntil is null && rule.SharesResource(other));

    /// <summary>Whether some field could be selected by both operations.</summary>
    internal static bool Meet(OperationModel a, OperationModel b) =>
        a.Json.Any(first => b.Json.Any(second => SelectorOverlap.Meet(first.Selector, a.ExactNames, second.Selector, b.ExactNames)))
        || a.Form.Any(first => b.Form.Any(second => SelectorOverlap.Meet(first.Selector, a.ExactNames, second.Selector, b.ExactNames)))
        || (a.Body && b.Multipart.Count > 0) || (b.Body && a.Multipart.Count > 0)
        || a.Multipart.Any(first => b.Multipart.Any(second => SelectorOverlap.Meet(first.Selector, a.ExactNames, second.Selector, b.ExactNames)))
        || a.Head.Header.Exists(first => b.Head.Header.Exists(second => HeaderName.Meet(first.Selector, a.ExactNames, second.Selector, b.ExactNames)))
        || a.Head.Cookie.Exists(first => b.Head.Cookie.Exists(second => SelectorOverlap.Meet(first.Selector, a.ExactNames, second.Selector, b.ExactNames)))
        || a.Xml.Any(first => b.Xml.Any(second => XmlOverlap.Meet(first.Selector, a.ExactNames, second.Selector, b.ExactNames)))
        || a.Text.Any(first => b.Text.Any(second => first.Selector.Text == second.Selector.Text));

    private static string? WideSelector(OperationModel operation) =>
        operation.Json.FirstOrDefault(selector => IsWide(selector.Selector))?.Selector.Text ?? operation.Form.FirstOrDefault(selector => selector.Selector.IsPrefix)?.Selector.Text
        ?? operation.Head.Header.Find(selector => selector.Selector.IsPrefix)?.Selector.Text ?? operation.Head.Cookie.Find(selector => selector.Selector.IsPrefix)?.Selector.Text
        ?? operation.Multipart.FirstOrDefault(selector => selector.Selector.IsPrefix)?.Selector.Text ?? operation.Xml.FirstOrDefault(selector => !selector.Selector.IsSingular)?.Selector.Text
        ?? operation.Text.FirstOrDefault()?.Selector.Text;

    private static bool IsWide(JsonPath path) =>
        path.Segments.Any(segment => segment.Descends) || path.Segments is [.., { Steps: var last }] && last.Any(step => step.Kind == JsonPathStepKind.Wildcard);

    private void JudgeNeighbours(RuleModel rule)
    {
        string path = rule.Path.Text.TrimEnd('/');
        string neighbour = path + ".json";
        if (rule.Path.Segments is [.., not (PathPattern.One or PathPattern.Many)] && !rule.Path.Segments[^1].Contains('.', StringComparison.Ordinal)
            && PathPattern.TryParse(neighbour, out PathPattern? pattern, out _) && !Sharing(rule with { Path = pattern, Hosts = [] }).Any(other => other.Request.Count > 0))
        {
            warn(rule.PathNode, rule, RuleProblemCode.UnmatchedNeighbour,
                $"'unmatched: pass' lets a body on '{neighbour}' pass, which many servers take for '{path}'; write a rule for it, or remove 'unmatched: pass'");
        }

        if (rule.Hosts.Count > 0 && !Sharing(rule).Any(other => other.Request.Count > 0 && other.Hosts.Count == 0))
        {
            warn(rule.PathNode, rule, RuleProblemCode.UnmatchedNeighbour,
                $"'unmatched: pass' lets a body on '{rule.Path.Text}' pass under every Host but {string.Join(", ", rule.Hosts)}, and the client chooses what it sends as Host; leave 'hosts' out, or remove 'unmatched: pass'");
        }
    }

    /// <summary>The same operation on the same selector for the same requests, once more. Applied once, it hides that one of the two is changed alone later.</summary>
    private void FindRepeated()
    {
        Dictionary<string, List<(RuleModel Rule, OperationModel Operation)>> seen = new(StringComparer.Ordinal);
        foreach (RuleModel rule in rules)
        {
            foreach (OperationModel operation in rule.Request.Concat(rule.Response))
            {
                foreach (string selector in operation.Json.Select(json => $"JSONPath '{json.Selector.Text}'").Concat(operation.Form.Select(form => $"form name '{form.Selector.Text}'")).Concat(operation.Multipart.Select(name => $"multipart name '{name.Selector.Text}'")).Concat(operation.Head.Texts)
                    .Concat(operation.Xml.Select(xml => $"XPath '{xml.Selector.Text}'")).Concat(operation.Text.Select(text => $"pattern '{text.Selector.Text}'")))
                    JudgeRepeated(rule, operation, selector, seen);
            }
        }
    }

    private void JudgeRepeated(RuleModel rule, OperationModel operation, string selector, Dictionary<string, List<(RuleModel Rule, OperationModel Operation)>> seen)
    {
        string key = $"{operation.IsResponse} {operation.ExactNames} {rule.Path.Text} {string.Join(' ', rule.Hosts)} | {string.Join(' ', rule.Methods)} | {selector}";
        if (!seen.TryGetValue(key, out List<(RuleModel Rule, OperationModel Operation)>? before))
            seen.Add(key, before = []);
        (RuleModel? by, OperationModel? first) = before.Find(earlier => earlier.Operation.DoesSameAs(operation));
        before.Add((rule, operation));
        if (first is null)
            return;
        string where = ReferenceEquals(first, operation) ? "in this operation" : $"in rule '{by.Id}' (line {first.Node.Line}), for the same requests and with the same effect";
        warn(operation.Node, rule, RuleProblemCode.RepeatedOperation, $"{selector} stands already {where}; remove one of the two");
    }
}
