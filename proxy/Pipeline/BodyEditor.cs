using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Observability;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Applies operations to a whole body: select, transform, write.</summary>
internal sealed class BodyEditor(FieldTransformer transformer, RuleLimits limits, RelayMetrics metrics)
{
    /// <summary>Edits one body.</summary>
    /// <param name="plan">The operations.</param>
    /// <param name="input">The body as it came.</param>
    /// <param name="app">The app whose keys are used.</param>
    /// <param name="cipher">The engine under the identity for this direction.</param>
    /// <param name="direction">Decides who is to blame for what the body holds.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    public async ValueTask<EditResult> EditAsync(
        BodyPlan plan, PooledBuffer input, string app, IFieldCipher cipher, MessageDirection direction, CancellationToken cancellationToken)
    {
        if (!plan.TrySelect(input.Written, limits, EngineTokenGrammar.Instance, out BodySelection? selection, out Refusal? refusal))
            return new EditResult(null, ErrorOf(refusal, direction));
        using (selection)
        {
            CountOperationsWithoutFields(selection);
            if (selection.Fields.Count == 0)
                return default;
            var replacements = new FieldReplacement[selection.Fields.Count];
            try
            {
                RelayError? error = await transformer.TransformAsync(selection, app, cipher, replacements, cancellationToken);
                return error is null ? Write(selection, input, replacements, direction) : new EditResult(null, Blame(error, direction));
            }
            finally
            {
                FieldTransformer.Clear(replacements);
            }
        }
    }

    private static EditResult Write(BodySelection selection, PooledBuffer input, FieldReplacement[] replacements, MessageDirection direction)
    {
        if (Array.TrueForAll(replacements, replacement => !replacement.Replace))
            return default;
        var output = input.CreateOutput();
        if (selection.TryWrite(output, replacements, out Refusal? refusal))
            return new EditResult(output, null);
        output.Dispose();
        return new EditResult(null, ErrorOf(refusal, direction));
    }

    private void CountOperationsWithoutFields(FieldSelection selection)
    {
        Span<bool> selected = selection.Operations.Count <= 64 ? stackalloc bool[selection.Operations.Count] : new bool[selection.Operations.Count];
        for (int i = 0; i < selection.Fields.Count; i++)
            selected[selection.Fields[i].Operation] = true;
        for (int i = 0; i < selected.Length; i++)
        {
            if (!selected[i])
                metrics.NothingSelected(selection.Operations[i]);
        }
    }

    private static RelayError ErrorOf(Refusal refusal, MessageDirection direction) =>
        direction == MessageDirection.Request ? RelayError.OfRequest(refusal) : RelayError.OfResponse(refusal);

    private static RelayError Blame(RelayError error, MessageDirection direction) =>
        direction == MessageDirection.Response && error.Status < StatusCodes.Status500InternalServerError ? error with { Status = StatusCodes.Status502BadGateway } : error;
}
