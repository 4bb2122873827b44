using System.Buffers;
using E3.Relay.Rules;

namespace E3.Relay.Benchmarks.Rules;

/// <summary>Selects from one body over and over and writes it with every selected value in its own place, into one buffer.</summary>
internal sealed class BodyRewrite(BodyPlan plan, byte[] body)
{
    // Spellings of values may change, so a written body may be longer.
    private readonly ArrayBufferWriter<byte> _output = new((body.Length * 2) + 256);
    private FieldReplacement[] _replacements = [];

    /// <summary>Selects and writes.</summary>
    public void Run()
    {
        using BodySelection selection = Select();
        int fields = selection.Fields.Count;
        if (_replacements.Length != fields)
            _replacements = new FieldReplacement[fields];
        for (int i = 0; i < fields; i++)
            _replacements[i] = new(true, selection.Fields[i].Type, selection.Fields[i].Value);
        _output.ResetWrittenCount();
        if (!selection.TryWrite(_output, _replacements, out Refusal? refusal))
            throw new InvalidOperationException($"The body was not written: {refusal}.");
    }

    /// <summary>Selects alone.</summary>
    public void SelectAlone() => Select().Dispose();

    /// <summary>How many values are selected. A plan that selects nothing would make a fine number.</summary>
    public int Count()
    {
        using BodySelection selection = Select();
        return selection.Fields.Count;
    }

    private BodySelection Select() =>
        plan.TrySelect(body, RuleLimits.Default, NoTokens.Grammar, out BodySelection selection, out Refusal? refusal)
            ? selection
            : throw new InvalidOperationException($"The body was refused: {refusal}.");
}
