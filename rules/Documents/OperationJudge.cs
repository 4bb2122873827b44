namespace E3.Relay.Rules.Documents;

/// <summary>Judges what stands beside an operation: a switch that means nothing for it is a mistake, not something to pass over.</summary>
internal sealed class OperationJudge(MappingReader reader, ProblemList problems)
{
    /// <summary>Reports what cannot stand together.</summary>
    /// <param name="action">The operation.</param>
    /// <param name="isResponse">Whether it is one on responses.</param>
    /// <param name="selected">Its selectors.</param>
    internal void Judge(FieldAction action, bool isResponse, SelectorReader selected)
    {
        bool encrypts = action == FieldAction.Encrypt;
        Only("incoming", encrypts, "is for encrypt");
        Only("encryptEmpty", encrypts, "is for encrypt");
        Only("deterministic", encrypts, "is for encrypt; decrypt needs no word about it");
        Only("preserve", encrypts || action == FieldAction.Decrypt, "is for encrypt, and for the decrypt that undoes it");
        Only("whole", encrypts, "is for encrypt; decrypt writes a whole object or array back by itself");
        Only("strict", action is FieldAction.Decrypt or FieldAction.Rewrap, "is for decrypt and rewrap");
        Only("onError", isResponse && action is FieldAction.Decrypt or FieldAction.Mask or FieldAction.Rewrap,
            "is for decrypt, mask and rewrap in a response; a request whose operation fails is always refused");
        Only("role", action != FieldAction.Redact, "names a key, and redact uses none");
        Only("bind", action != FieldAction.Redact, "is for operations with a key, and redact uses none");
        JudgePreserve();
        JudgeTokens(action, selected);
        JudgeBody(action, isResponse, selected);
        if (Says("whole") && selected.Form.Count + selected.Xml.Count + selected.Multipart.Count + selected.Text.Count + (selected.Head.IsEmpty ? 0 : 1) > 0 && reader.TryGet("whole", out DocumentNode? whole))
            problems.Add(whole, RuleProblemCode.InvalidValue, "'whole' is about JSON; put the other selectors into an operation of their own");
    }

    private void JudgePreserve()
    {
        if (!reader.Has("preserve"))
            return;
        Only("deterministic", false, "goes without saying with 'preserve': equal values become equal values");
        Only("whole", false, "is not for 'preserve': an object or array has no alphabet; select the values in it");
        Only("strict", false, "is about tokens, and what 'preserve' makes is none");
        Only("incoming", !reader.TryGet("incoming", out DocumentNode? node) || node is ScalarNode { Value: "refuse" }, "with 'preserve' can only be refuse: what it makes is no token that could be verified");
    }

    /// <summary>Who can put a token into any field that is shown to them would read what is in it.</summary>
    private void JudgeTokens(FieldAction action, SelectorReader selected)
    {
        if (!selected.Keys.TryGet("tokens", out DocumentNode? node))
        {
            Only("trusted", false, "says why 'tokens: true' needs no 'bind'");
            return;
        }

        if (action != FieldAction.Decrypt || !selected.Tokens)
            problems.Add(node, RuleProblemCode.InvalidValue, "'tokens' stands in decrypt and is true; leave it out elsewhere");
        if (selected.Json.Count + selected.Form.Count + selected.Multipart.Count + selected.Text.Count > 0)
            problems.Add(node, RuleProblemCode.InvalidValue, "'tokens: true' selects in every value of JSON and forms, and in texts; remove the selectors for these beside it");
        if (!reader.Has("bind") && string.IsNullOrWhiteSpace(reader.Text("trusted")))
        {
            problems.Add(node, RuleProblemCode.MissingKey,
                "'tokens: true' opens tokens in every field, a comment that anyone may write among them: add 'bind', so that a token copied from elsewhere does not open, or trusted: \"why nobody can write a token there\"");
        }

        Only("strict", false, "is about values that are no tokens, and 'tokens: true' selects tokens alone");
        Only("preserve", false, "makes no tokens, so 'tokens: true' would find none");
    }

    /// <summary>A body is a file or it is something in which there are fields: one operation does not speak of both.</summary>
    private void JudgeBody(FieldAction action, bool isResponse, SelectorReader selected)
    {
        if (!selected.Keys.TryGet("body", out DocumentNode? node))
            return;
        if (action != FieldAction.Decrypt || !isResponse || !selected.Body)
            problems.Add(node, RuleProblemCode.InvalidValue, "'body' stands in a decrypt of responses and is true; leave it out elsewhere");
        if (selected.Tokens || !selected.Head.IsEmpty || selected.Json.Count + selected.Form.Count + selected.Xml.Count + selected.Multipart.Count + selected.Text.Count > 0)
            problems.Add(node, RuleProblemCode.InvalidValue, "'body: true' selects a body that is a sealed file as a whole; put the other selectors into an operation of their own");
        Only("preserve", false, "makes no sealed files, so 'body: true' would find none");
    }

    private bool Says(string key) => reader.TryGet(key, out DocumentNode? node) && node is ScalarNode { IsPlain: true, Value: "true" };

    private void Only(string key, bool allowed, string message)
    {
        if (!allowed && reader.TryGet(key, out DocumentNode? value))
            problems.Add(value, RuleProblemCode.InvalidValue, $"'{key}' {message}; remove it here");
    }
}
