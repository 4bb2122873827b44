using E3.Relay.Rules.Grammar;

namespace E3.Relay.Rules.Documents;

/// <summary>Reads <c>for</c> and <c>else</c> of an operation.</summary>
internal sealed class CallerReader(ProblemList problems, bool isResponse)
{
    private const int ClaimsMax = 16;
    private const int ValuesMax = 64;

    /// <summary>Reads both.</summary>
    /// <param name="reader">The operation.</param>
    /// <param name="action">What it does for those whom it is for.</param>
    /// <returns>The condition with what others get; nothing when the operation is for all.</returns>
    internal (CallerCondition? For, HidingModel? Else) Read(MappingReader reader, FieldAction action)
    {
        HidingModel? others = ReadElse(reader);
        if (!reader.TryGet("for", out DocumentNode? node))
        {
            if (reader.TryGet("else", out DocumentNode? alone))
                problems.Add(alone, RuleProblemCode.InvalidValue, "'else' says what callers get for whom the operation is not; it wants 'for'");
            return default;
        }

        CallerCondition? condition = reader.Mapping("for") is { } mapping ? ReadFor(mapping) : null;
        JudgeAction(node, action, others, reader.Has("else"));
        others ??= isResponse ? HidingModel.Leave : HidingModel.Refuse;
        return condition is null ? default : (condition, others);
    }

    /// <summary>What others get must not show more than what the operation shows.</summary>
    private void JudgeAction(DocumentNode node, FieldAction action, HidingModel? others, bool hasElse)
    {
        if (action is not (FieldAction.Decrypt or FieldAction.Mask))
            problems.Add(node, RuleProblemCode.InvalidValue, "'for' is for decrypt and mask; values are hidden whoever sends them, so remove it here");
        else if (action == FieldAction.Mask && (!hasElse || others?.Action == FieldAction.Leave))
            problems.Add(node, RuleProblemCode.InvalidValue, "a mask with 'for' wants an 'else' that hides no less: mask, redact or refuse");
    }

    private CallerCondition? ReadFor(MappingNode node)
    {
        if (node.Entries.Count is 0 or > ClaimsMax)
            problems.Add(node, RuleProblemCode.InvalidValue, $"'for' wants 1 to {ClaimsMax} claims, such as scope: cards.read");
        List<(string, string[])> claims = [];
        MappingReader reader = new(node, "'for'", node.Entries.Select(entry => entry.Key.Value).ToArray(), [], problems);
        foreach ((ScalarNode key, DocumentNode value) in node.Entries)
        {
            List<ScalarNode>? values = value is SequenceNode ? reader.Texts(key.Value) : reader.AsText(value, key.Value) is { } one ? [one] : null;
            if (values is not null && JudgeClaim(key, values))
                claims.Add((key.Value, [.. values.Select(text => text.Value)]));
        }

        return claims.Count == node.Entries.Count ? new CallerCondition(claims) : null;
    }

    private bool JudgeClaim(ScalarNode claim, List<ScalarNode> values)
    {
        if (!ClaimName.IsValid(claim.Value))
            problems.Add(claim, RuleProblemCode.InvalidValue, ClaimName.Words);
        if (values.Count > ValuesMax)
            problems.Add(values[ValuesMax], RuleProblemCode.LimitExceeded, $"more than {ValuesMax} values for one claim");
        foreach (ScalarNode value in values)
        {
            if (value.Value.Length == 0)
                problems.Add(value, RuleProblemCode.InvalidValue, "an empty value is no claim; name a value");
            else if (CallerCondition.IsList(claim.Value) && value.Value.Contains(' ', StringComparison.Ordinal))
                problems.Add(value, RuleProblemCode.InvalidValue, $"a value of '{claim.Value}' has no spaces; for any of several, write a list");
        }

        return values.Count > 0;
    }

    private HidingModel? ReadElse(MappingReader reader)
    {
        if (!reader.TryGet("else", out DocumentNode? node))
            return null;
        if (node is ScalarNode)
        {
            return reader.Word("else", "leave", "refuse") switch
            {
                "leave" => HidingModel.Leave,
                "refuse" => HidingModel.Refuse,
                _ => null,
            };
        }

        if (reader.Mapping("else") is not { } mapping)
            return null;
        MappingReader hiding = new(mapping, RuleGrammar.Else, problems);
        if (mapping.Entries.Count != 1)
            problems.Add(mapping, RuleProblemCode.InvalidValue, "'else' is leave, refuse, or one of {mask: {last: 4}} and {redact: {}}");
        if (hiding.Mapping("mask") is { } mask)
            return HidingReader.ReadMask(new MappingReader(mask, RuleGrammar.Mask, problems), problems);
        if (hiding.Mapping("redact") is { } redact)
            return HidingReader.ReadRedaction(new MappingReader(redact, RuleGrammar.Redact, problems), problems);
        return null;
    }
}
