namespace E3.Relay.Fuzz;

/// <summary>A promise that the product broke.</summary>
internal sealed class BrokenException(string promise) : Exception(promise)
{
    /// <summary>Throws unless the promise holds.</summary>
    public static void Unless(bool holds, string promise)
    {
        if (!holds)
            throw new BrokenException(promise);
    }
}
