using System.Buffers;
using System.Text;

namespace E3.Relay.Rules.Tests.Bodies;

/// <summary>Writes bodies whole and in parts. What is written for a value depends on everything that the engine is told of it.</summary>
internal static class StreamDriver
{
    /// <summary>A body that is split and cut wherever it can be becomes what it becomes as a whole, and is refused for the same reason.</summary>
    internal static void AssertEverySplit(BodyPlan plan, byte[] body)
    {
        if (plan.OpenStream(RuleLimits.Default, FakeTokens.Grammar) is not { } probe)
            return;
        probe.Dispose();
        string whole = Whole(plan, body);
        for (int split = 0; split <= body.Length; split++)
            Assert.Equal(whole, Parts(plan.OpenStream(RuleLimits.Default, FakeTokens.Grammar)!, body, [split]));
        Assert.Equal(whole, Parts(plan.OpenStream(RuleLimits.Default, FakeTokens.Grammar)!, body, [.. Enumerable.Range(1, body.Length - 1)]));
        Assert.Equal(whole, Parts(plan.OpenStream(RuleLimits.Default with { FieldsMax = 3 }, FakeTokens.Grammar)!, body, []));
    }

    internal static string Whole(BodyPlan plan, byte[] body)
    {
        if (!plan.TrySelect(body, RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out Refusal? refusal))
            return $"{refusal.Code} {refusal.RuleId}";
        ArrayBufferWriter<byte> output = new();
        using (selection)
            Assert.True(selection.TryWrite(output, Replacements(selection), out _));
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    /// <summary>Cuts whenever it can, in memory that is overwritten as soon as it may be.</summary>
    internal static string Parts(BodyStream stream, byte[] body, int[] splits)
    {
        using (stream)
        {
            ArrayBufferWriter<byte> held = new(), output = new();
            int start = 0;
            foreach (int end in splits.Append(body.Length))
            {
                held.Write(body.AsSpan(start..end));
                start = end;
                if (Read(stream, held, output, end == body.Length) is { } refusal)
                    return $"{refusal.Code} {refusal.RuleId}";
            }

            Assert.Equal(0, held.WrittenCount);
            return Encoding.Latin1.GetString(output.WrittenSpan);
        }
    }

    /// <summary>Cuts off what is decided, and writes it.</summary>
    internal static Refusal? Cut(BodyStream stream, ArrayBufferWriter<byte> held, ArrayBufferWriter<byte>? output)
    {
        byte[] part = Take(held, stream.Decided);
        if (!stream.TryCut(part, out BodySelection selection, out Refusal? refusal))
            return refusal;
        using (selection)
            Assert.True(selection.TryWrite(output ?? new(), Replacements(selection), out _));
        return null;
    }

    private static Refusal? Read(BodyStream stream, ArrayBufferWriter<byte> held, ArrayBufferWriter<byte> output, bool isLast)
    {
        while (true)
        {
            if (stream.File is { } file)
            {
                if (!stream.TryReadFile(held.WrittenMemory, isLast, out int length))
                    return stream.Refusal;
                output.Write(Sealed(Take(held, length)));
                if (stream.File is not null)
                    return null;
            }

            if (!stream.TryRead(held.WrittenMemory, isLast))
                return stream.Refusal;
            bool isFull = stream.IsFull;
            if ((stream.Decided > 0 || isFull || stream.IsEnd) && Cut(stream, held, output) is { } refusal)
                return refusal;
            if (stream.IsEnd || (!isFull && !isLast))
                return null;
        }
    }

    private static byte[] Take(ArrayBufferWriter<byte> held, int length)
    {
        byte[] taken = held.WrittenSpan[..length].ToArray(), rest = held.WrittenSpan[length..].ToArray();
        held.Clear();
        held.Write(rest);
        return taken;
    }

    private static FieldReplacement[] Replacements(BodySelection selection) =>
    [
        .. selection.Fields.Select(field => field.Type switch
        {
            FieldType.Null => default,
            FieldType.Bytes => selection.Operations[field.Operation].Action == FieldAction.Decrypt && !field.IsToken ? default : new FieldReplacement(true, FieldType.Bytes, Sealed(field.Value.Span)),
            _ => new FieldReplacement(true, FieldType.String, Encoding.UTF8.GetBytes($"<{field.Type} {Encoding.UTF8.GetString(field.Value.Span)} {Convert.ToHexString(selection.Context(field.Operation).Span)}>")),
        }),
    ];

    private static byte[] Sealed(ReadOnlySpan<byte> bytes)
    {
        byte[] other = bytes.ToArray();
        for (int i = 0; i < other.Length; i++)
            other[i] ^= 0x55;
        return other;
    }
}
