namespace E3.Relay.Rules.Bodies;

/// <summary>What the rules of a set show in place of values of one role: the forms of masks, and the texts of redactions.</summary>
internal sealed class MaskForms(MaskShape[] shapes, byte[][] texts)
{
    internal static MaskForms None { get; } = new([], []);

    /// <summary>Whether a value is what a rule could have shown.</summary>
    internal bool Fit(ReadOnlySpan<byte> utf8)
    {
        foreach (MaskShape shape in shapes)
        {
            if (shape.Fits(utf8))
                return true;
        }

        foreach (byte[] text in texts)
        {
            if (utf8.SequenceEqual(text))
                return true;
        }

        return false;
    }
}
