namespace E3.Relay.Rules.Xml;

/// <summary>What the evaluation of expressions over one document may cost.</summary>
/// <param name="steps">The most steps from node to node.</param>
internal sealed class XmlEvaluationBudget(long steps)
{
    private long _left = steps;

    /// <summary>Takes steps.</summary>
    /// <exception cref="XmlEvaluationException">None are left.</exception>
    internal void Spend(int count)
    {
        _left -= count;
        if (_left < 0)
            throw new XmlEvaluationException();
    }
}
