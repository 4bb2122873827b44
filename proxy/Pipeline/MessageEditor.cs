using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Codings;
using E3.Relay.Proxy.Observability;
using E3.Relay.Proxy.Pipeline.Streaming;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Applies operations to the head of a message and to its whole body: select, transform both in one call, write both or neither.</summary>
internal sealed class MessageEditor(FieldTransformer transformer, RuleLimits limits, RelayMetrics metrics)
{
    /// <summary>Finds the selected values of a head.</summary>
    /// <param name="plan">The operations; null when there is none.</param>
    /// <param name="headers">The header fields as they came.</param>
    /// <param name="direction">Decides who is to blame for what the head holds.</param>
    /// <param name="head">The values; null when there is no operation. Dispose of it.</param>
    /// <returns>The error for which the message must not be forwarded, or null.</returns>
    public RelayError? SelectHead(HeadPlan? plan, IHeaderDictionary headers, MessageDirection direction, out HeadSelection? head)
    {
        head = null;
        if (plan is null)
            return null;
        if (plan.SelectsCookies)
            HeaderHygiene.MakeCookiesOne(headers);
        IReadOnlyList<HeaderLine> lines = plan.ReadsLines ? HeaderLines.Read(headers) : [];
        return plan.TrySelect(lines, limits, EngineTokenGrammar.Instance, out head, out Refusal? refusal) ? null : ErrorOf(refusal, direction);
    }

    /// <summary>Edits one message.</summary>
    /// <param name="head">The selected values of its head; null when there is no operation on it.</param>
    /// <param name="plan">The operations on its body; null when there is none.</param>
    /// <param name="input">The body as it came; null when there is no operation on it.</param>
    /// <param name="coding">The content coding of the body.</param>
    /// <param name="keepsCoding">Whether a changed body gets the coding again.</param>
    /// <param name="app">The app whose keys are used.</param>
    /// <param name="cipher">The engine under the identity for this direction.</param>
    /// <param name="direction">Decides who is to blame for what the message holds.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    public async ValueTask<EditResult> EditAsync(
        HeadSelection? head, BodyPlan? plan, PooledBuffer? input, ContentCoding coding, bool keepsCoding, string app, IFieldCipher cipher, MessageDirection direction, CancellationToken cancellationToken)
    {
        if (plan is null || coding == ContentCoding.Identity)
            return await EditAsync(head, plan, input, app, cipher, direction, cancellationToken);
        using PooledBuffer plain = input!.CreateOutput();
        DecodingResult decoded = BodyCoder.Undo(coding, input.Written, limits.BodyBytesMax, plain);
        if (decoded != DecodingResult.Whole)
            return EditResult.Refused(ErrorOf(decoded, direction));
        // Nothing in a coding is nothing: in a response there is none to judge.
        BodyPlan? applied = plain.Length == 0 && direction == MessageDirection.Response ? null : plan;
        EditResult result = await EditAsync(head, applied, plain, app, cipher, direction, cancellationToken);
        if (!keepsCoding || result.Output is not { } changed)
            return result;
        using (changed)
            return result with { Output = BodyCoder.Redo(coding, changed) };
    }

    /// <summary>Edits the head of a message whose body is changed while it passes.</summary>
    /// <param name="head">The selected values; null when there is no operation on the head.</param>
    /// <param name="tally">Counts the operations on both.</param>
    /// <param name="app">The app whose keys are used.</param>
    /// <param name="cipher">The engine under the identity for this direction.</param>
    /// <param name="direction">Decides who is to blame for what the head holds.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    public async ValueTask<EditResult> EditHeadAsync(HeadSelection? head, OperationTally tally, string app, IFieldCipher cipher, MessageDirection direction, CancellationToken cancellationToken)
    {
        if (head is null)
            return default;
        tally.Add(head.Operations, head.Fields);
        return head.Fields.Count == 0 ? default : await TransformAsync(head, null, head, null, app, cipher, direction, cancellationToken);
    }

    /// <summary>The error for a body whose coding could not be undone.</summary>
    public static RelayError ErrorOf(DecodingResult decoded, MessageDirection direction) => (decoded, direction) switch
    {
        (DecodingResult.NoRoom, _) => RelayErrors.Busy,
        (DecodingResult.Expands, _) => Blame(RelayErrors.CodingRatio, direction),
        (DecodingResult.TooLarge, MessageDirection.Request) => RelayErrors.BodyTooLarge,
        (DecodingResult.TooLarge, _) => RelayErrors.ResponseTooLarge,
        (_, MessageDirection.Request) => RelayErrors.MalformedCoding,
        _ => RelayErrors.ResponseCoding,
    };

    private async ValueTask<EditResult> EditAsync(
        HeadSelection? head, BodyPlan? plan, PooledBuffer? input, string app, IFieldCipher cipher, MessageDirection direction, CancellationToken cancellationToken)
    {
        BodySelection body = default;
        if (plan is not null && !plan.TrySelect(input!.Written, limits, EngineTokenGrammar.Instance, out body, out Refusal? refusal))
            return EditResult.Refused(ErrorOf(refusal, direction));
        using (body)
        {
            FieldSelection? ofBody = plan is null ? null : body.AsFields();
            FieldSelection? selection = ofBody is null ? head : head is null ? ofBody : new JoinedSelection(head, ofBody);
            if (selection is null)
                return default;
            CountOperationsWithoutFields(selection);
            return selection.Fields.Count == 0 ? default : await TransformAsync(head, plan is null ? null : body, selection, input, app, cipher, direction, cancellationToken);
        }
    }

    private async ValueTask<EditResult> TransformAsync(
        HeadSelection? head, BodySelection? body, FieldSelection selection, PooledBuffer? input, string app, IFieldCipher cipher, MessageDirection direction, CancellationToken cancellationToken)
    {
        var replacements = new FieldReplacement[selection.Fields.Count];
        try
        {
            RelayError? error = await transformer.TransformAsync(selection, app, cipher, replacements, cancellationToken);
            return error is null ? Write(head, body, input, replacements, direction) : EditResult.Refused(Blame(error, direction));
        }
        finally
        {
            FieldTransformer.Clear(replacements);
        }
    }

    private static EditResult Write(HeadSelection? head, BodySelection? body, PooledBuffer? input, FieldReplacement[] replacements, MessageDirection direction)
    {
        int ofHead = head?.Fields.Count ?? 0;
        HeadEdit? edit = null;
        if (head is not null && !head.TryWrite(replacements.AsSpan(0, ofHead), out edit, out Refusal? refusal))
            return EditResult.Refused(ErrorOf(refusal, direction));
        ReadOnlySpan<FieldReplacement> ofBody = replacements.AsSpan(ofHead);
        if (body is not { } selection || !IsAnyReplaced(ofBody))
            return new EditResult(null, edit, null);
        PooledBuffer output = input!.CreateOutput();
        if (selection.TryWrite(output, ofBody, out refusal))
            return new EditResult(output, edit, null);
        output.Dispose();
        return EditResult.Refused(ErrorOf(refusal, direction));
    }

    private static bool IsAnyReplaced(ReadOnlySpan<FieldReplacement> replacements)
    {
        foreach (FieldReplacement replacement in replacements)
        {
            if (replacement.Replace)
                return true;
        }

        return false;
    }

    /// <summary>An operation that has selectors for several parts of a message selected something when it did in any of them.</summary>
    private void CountOperationsWithoutFields(FieldSelection selection)
    {
        IReadOnlyList<FieldOperation> operations = selection.Operations;
        Span<bool> selected = operations.Count <= 64 ? stackalloc bool[operations.Count] : new bool[operations.Count];
        for (int i = 0; i < selection.Fields.Count; i++)
            selected[selection.Fields[i].Operation] = true;
        for (int i = 0; i < selected.Length; i++)
        {
            bool counted = selected[i];
            for (int j = 0; j < selected.Length && !counted; j++)
                counted = (selected[j] || j < i) && IsOne(operations[i], operations[j]);
            if (!counted)
                metrics.NothingSelected(operations[i]);
        }
    }

    private static bool IsOne(FieldOperation a, FieldOperation b) => a.RuleId == b.RuleId && a.Action == b.Action && a.Role == b.Role;

    /// <summary>The error for what the rules refuse.</summary>
    public static RelayError ErrorOf(Refusal refusal, MessageDirection direction) =>
        direction == MessageDirection.Request ? RelayError.OfRequest(refusal) : RelayError.OfResponse(refusal);

    /// <summary>In a response the client is to blame for nothing.</summary>
    public static RelayError Blame(RelayError error, MessageDirection direction) =>
        direction == MessageDirection.Response && error.Status < StatusCodes.Status500InternalServerError ? error with { Status = StatusCodes.Status502BadGateway } : error;
}
