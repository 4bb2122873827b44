using System.Buffers;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Rules;

namespace E3.Relay.Proxy.Pipeline.Streaming;

/// <summary>Has the engine transform the values of one part after the other, and writes what becomes of them.</summary>
internal sealed class StreamedParts(FieldTransformer transformer, OperationTally tally, string app, IFieldCipher cipher, MessageDirection direction)
{
    /// <summary>Writes a part, or nothing of it.</summary>
    /// <exception cref="BodyCutException">The part must not be forwarded.</exception>
    public async Task WriteAsync(BodySelection part, IBufferWriter<byte> output, CancellationToken cancellationToken)
    {
        tally.Add(part.Operations, part.Fields);
        var replacements = new FieldReplacement[part.Fields.Count];
        try
        {
            if (replacements.Length > 0 && await transformer.TransformAsync(part.AsFields(), app, cipher, replacements, cancellationToken) is { } error)
                throw new BodyCutException(MessageEditor.Blame(error, direction));
            if (!part.TryWrite(output, replacements, out Refusal? refusal))
                throw new BodyCutException(MessageEditor.ErrorOf(refusal, direction));
        }
        finally
        {
            FieldTransformer.Clear(replacements);
        }
    }

    /// <summary>Counts what can be counted at the end.</summary>
    public void End() => tally.Report();
}
