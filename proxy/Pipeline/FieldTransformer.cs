using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Observability;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Has the engine transform the selected values of one part of a message.</summary>
internal sealed class FieldTransformer(RelayMetrics metrics, TimeProvider time, TimeSpan callTimeout, IFieldObserver? observer = null)
{
    private readonly FileTransformer _files = new(metrics, time, callTimeout);

    /// <summary>Fills in the replacements, one for each selected field.</summary>
    /// <returns>The error for which the body must not be forwarded, or null.</returns>
    public async ValueTask<RelayError?> TransformAsync(
        FieldSelection selection, string app, IFieldCipher cipher, FieldReplacement[] replacements, CancellationToken cancellationToken)
    {
        RelayError? error = await TransformSelectedAsync(selection, app, cipher, replacements, cancellationToken);
        error ??= await _files.TransformAsync(selection, app, cipher, replacements, cancellationToken);
        if (error is null)
            observer?.Transformed(selection, replacements);
        return error;
    }

    private async ValueTask<RelayError?> TransformSelectedAsync(
        FieldSelection selection, string app, IFieldCipher cipher, FieldReplacement[] replacements, CancellationToken cancellationToken)
    {
        (bool[]? opened, RelayError? error) = await VerifyTokensAsync(selection, app, cipher, cancellationToken);
        if (error is not null)
            return error;
        var batch = new FieldBatch(selection);
        for (int i = 0; i < selection.Fields.Count; i++)
        {
            if (selection.Fields[i].Type == FieldType.Bytes)
                continue;
            FieldOperation operation = selection.Operations[selection.Fields[i].Operation];
            if (opened?[i] == true)
                metrics.Field(operation, FieldResult.TokenKept);
            else if (operation.Action == FieldAction.Redact)
                replacements[i] = Redact(operation);
            else if (TakesPart(operation, selection.Fields[i]))
                batch.Add(i);
        }

        (TransformResult[]? results, error) = await CallAsync(batch.Groups(app, verify: false), batch.Count, cipher, cancellationToken);
        if (error is not null || results is null)
            return error;
        error = Apply(selection, batch.FieldOfResult(), results, replacements);
        for (int i = 0; error is not null && i < results.Length; i++)
            Clear(results[i].Value);
        return error;
    }

    /// <summary>Clears the values of replacements that have been written.</summary>
    public static void Clear(ReadOnlySpan<FieldReplacement> replacements)
    {
        foreach (FieldReplacement replacement in replacements)
            Clear(replacement.Value);
    }

    // A value that looks like a token stays only if the engine opened it: whoever sends one knows nothing of keys, but may know how tokens look.
    private async ValueTask<(bool[]? Opened, RelayError? Error)> VerifyTokensAsync(
        FieldSelection selection, string app, IFieldCipher cipher, CancellationToken cancellationToken)
    {
        var batch = new FieldBatch(selection);
        for (int i = 0; i < selection.Fields.Count; i++)
        {
            SelectedField field = selection.Fields[i];
            FieldOperation operation = selection.Operations[field.Operation];
            if (operation.Action != FieldAction.Encrypt || !field.IsToken || field.Type == FieldType.Bytes)
                continue;
            if (operation.Incoming != IncomingTokens.Verify)
                return (null, RelayError.OfRequest(new Refusal(StatusCodes.Status422UnprocessableEntity, RefusalCode.TokenNotAccepted, operation.RuleId)));
            batch.Add(i);
        }

        if (batch.Count == 0)
            return (null, null);
        (TransformResult[]? results, RelayError? error) = await CallAsync(batch.Groups(app, verify: true), batch.Count, cipher, cancellationToken);
        if (error is not null || results is null)
            return (null, error);
        bool[] opened = new bool[selection.Fields.Count];
        int[] fields = batch.FieldOfResult();
        for (int i = 0; i < results.Length; i++)
        {
            opened[fields[i]] = results[i].Code == ErrorCode.None;
            if (!opened[fields[i]] && !EngineErrors.IsUnopenable(results[i].Code))
                return (null, EngineErrors.Of(results[i].Code, selection.Operations[selection.Fields[fields[i]].Operation].RuleId));
        }

        return (opened, null);
    }

    // The bytes are this value's own: replacements are cleared when they have been written.
    private FieldReplacement Redact(FieldOperation operation)
    {
        metrics.Field(operation, FieldResult.Done);
        return new FieldReplacement(true, FieldType.String, Encoding.UTF8.GetBytes(operation.RedactWith));
    }

    private bool TakesPart(FieldOperation operation, SelectedField field)
    {
        if (field.Type == FieldType.Null || (operation.Action == FieldAction.Encrypt && field.Value.IsEmpty && !operation.EncryptEmpty))
            return false;
        FieldResult? left = operation.Action switch
        {
            FieldAction.Leave => FieldResult.Left,
            FieldAction.Decrypt when operation.Preserve is not null => field.Type == FieldType.String ? null : FieldResult.NotToken,
            FieldAction.Decrypt or FieldAction.Rewrap when !field.IsToken => FieldResult.NotToken,
            _ => null,
        };
        if (left is { } result)
            metrics.Field(operation, result);
        return left is null;
    }

    private async ValueTask<(TransformResult[]? Results, RelayError? Error)> CallAsync(
        List<TransformGroup> groups, int expected, IFieldCipher cipher, CancellationToken cancellationToken)
    {
        if (expected == 0)
            return (null, null);
        long started = time.GetTimestamp();
        ErrorCode? failure = null;
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(callTimeout);
        try
        {
            TransformResult[] results = await CallInPartsAsync(groups, cipher, bounded.Token);
            if (results.Length == expected)
                return (results, null);
            failure = ErrorCode.MessageMalformed;
        }
        catch (CipherException exception)
        {
            failure = exception.Code;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            failure = ErrorCode.None;
        }
        finally
        {
            metrics.EngineCall(time.GetElapsedTime(started), failure is null);
        }

        return (null, EngineErrors.Of(failure.Value, null));
    }

    // Documents of one body that are bound each to its own values are a group each.
    private static async ValueTask<TransformResult[]> CallInPartsAsync(List<TransformGroup> groups, IFieldCipher cipher, CancellationToken cancellationToken)
    {
        if (groups.Count <= ProtocolLimits.GroupsMax)
            return await cipher.TransformAsync(groups, cancellationToken);
        var results = new List<TransformResult>();
        foreach (TransformGroup[] part in groups.Chunk(ProtocolLimits.GroupsMax))
            results.AddRange(await cipher.TransformAsync(part, cancellationToken));
        return [.. results];
    }

    private RelayError? Apply(FieldSelection selection, int[] fieldOfResult, TransformResult[] results, FieldReplacement[] replacements)
    {
        for (int i = 0; i < results.Length; i++)
        {
            FieldOperation operation = selection.Operations[selection.Fields[fieldOfResult[i]].Operation];
            TransformResult result = results[i];
            if (result.Code == ErrorCode.None)
            {
                replacements[fieldOfResult[i]] = new FieldReplacement(true, (FieldType)result.Type, result.Value);
                metrics.Field(operation, FieldResult.Done);
                continue;
            }

            RelayError? error = Judge(operation, selection.Fields[fieldOfResult[i]], result.Code);
            if (error is not null)
                return error;
            metrics.Field(operation, FieldResult.Unopenable);
        }

        return null;
    }

    // A token that does not open may stay where the rule says so. Text that only begins like one may not: to leave it would be to show what the rule hides.
    private static RelayError? Judge(FieldOperation operation, SelectedField field, ErrorCode code)
    {
        if (operation.Preserve is not null)
            return JudgePreserved(operation, code);
        if (operation.Action is FieldAction.Encrypt or FieldAction.Hash || !EngineErrors.IsUnopenable(code))
            return EngineErrors.Of(code, operation.RuleId);
        return operation.FailOnUnopenable || !field.IsToken ? RelayErrors.CannotDecrypt with { RuleId = operation.RuleId } : null;
    }

    // A value that could not have come from preserve is like a token that does not open.
    private static RelayError? JudgePreserved(FieldOperation operation, ErrorCode code)
    {
        if (code != ErrorCode.ValueInvalid)
            return EngineErrors.OfPreserve(code, operation.RuleId);
        return operation.Action == FieldAction.Encrypt || operation.FailOnUnopenable ? EngineErrors.OfPreserve(code, operation.RuleId) : null;
    }

    private static void Clear(ReadOnlyMemory<byte> value)
    {
        if (MemoryMarshal.TryGetArray(value, out ArraySegment<byte> segment))
            CryptographicOperations.ZeroMemory(segment);
    }
}
