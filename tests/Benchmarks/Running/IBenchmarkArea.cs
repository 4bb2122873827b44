namespace E3.Relay.Benchmarks.Running;

/// <summary>One part of the product and what it is measured against.</summary>
internal interface IBenchmarkArea
{
    /// <summary>Its name on the command line, and in front of the names of its comparisons.</summary>
    string Name { get; }

    /// <summary>Measures.</summary>
    /// <param name="time">About how long the measuring itself may take; starting and warming up come on top.</param>
    Task<IReadOnlyList<Comparison>> RunAsync(TimeSpan time);
}
