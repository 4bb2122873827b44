using E3.Relay.Enclave.Protocol;
using E3.Relay.Enclave.Protocol.Messages;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Proxy.Observability;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline;

/// <summary>Has the engine seal and open the selected files of one part of a message, one after the other.</summary>
internal sealed class FileTransformer(RelayMetrics metrics, TimeProvider time, TimeSpan callTimeout)
{
    /// <summary>Fills in the replacements of the selected files; those of other fields stay as they are.</summary>
    /// <returns>The error for which the body must not be forwarded, or null.</returns>
    public async ValueTask<RelayError?> TransformAsync(
        FieldSelection selection, string app, IFieldCipher cipher, FieldReplacement[] replacements, CancellationToken cancellationToken)
    {
        for (int i = 0; i < selection.Fields.Count; i++)
        {
            SelectedField field = selection.Fields[i];
            FieldOperation operation = selection.Operations[field.Operation];
            if (field.Type != FieldType.Bytes || !TakesPart(operation, field))
                continue;
            var group = new TransformGroup { Operation = OperationOf(operation), App = app, Role = operation.Role, Context = selection.Context(field.Operation) };
            (TransformResult result, RelayError? error) = await CallAsync(group, field.Value, cipher, cancellationToken);
            error ??= Judge(operation, result.Code);
            if (error is not null)
                return error;
            if (result.Code == ErrorCode.None)
                replacements[i] = new FieldReplacement(true, FieldType.Bytes, result.Value);
            metrics.Field(operation, result.Code == ErrorCode.None ? FieldResult.Done : FieldResult.Unopenable);
        }

        return null;
    }

    private bool TakesPart(FieldOperation operation, SelectedField file)
    {
        FieldResult? left = operation.Action switch
        {
            FieldAction.Leave => FieldResult.Left,
            FieldAction.Decrypt when !file.IsToken => FieldResult.NotToken,
            _ => null,
        };
        if (left is { } result)
            metrics.Field(operation, result);
        return left is null;
    }

    /// <summary>What the engine is asked for. Files under other operations, and sealed ones under encrypt, were refused where they were selected.</summary>
    internal static TransformOperation OperationOf(FieldOperation operation) => operation.Action switch
    {
        FieldAction.Encrypt => TransformOperation.Encrypt,
        FieldAction.Decrypt => TransformOperation.Decrypt,
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };

    private async ValueTask<(TransformResult Result, RelayError? Error)> CallAsync(
        TransformGroup group, ReadOnlyMemory<byte> file, IFieldCipher cipher, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        bool answered = false;
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(callTimeout);
        try
        {
            TransformResult result = await cipher.TransformFileAsync(group, file, bounded.Token);
            answered = true;
            return (result, null);
        }
        catch (CipherException exception)
        {
            return (default, EngineErrors.Of(exception.Code, null));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (default, EngineErrors.Of(ErrorCode.None, null));
        }
        finally
        {
            metrics.EngineCall(time.GetElapsedTime(started), answered);
        }
    }

    /// <summary>The error for a code of the engine, or null when the file stays as it is.</summary>
    internal static RelayError? Judge(FieldOperation operation, ErrorCode code)
    {
        if (code == ErrorCode.None)
            return null;
        if (operation.Action == FieldAction.Encrypt || !EngineErrors.IsUnopenable(code))
            return EngineErrors.Of(code, operation.RuleId);
        return operation.FailOnUnopenable ? RelayErrors.CannotDecrypt with { RuleId = operation.RuleId } : null;
    }
}
