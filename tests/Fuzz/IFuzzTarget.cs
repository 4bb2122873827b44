namespace E3.Relay.Fuzz;

/// <summary>One parser, or one judge of hostile bytes, under test.</summary>
internal interface IFuzzTarget : IDisposable
{
    /// <summary>The name, which is that of the folder with its corpus.</summary>
    string Name { get; }

    /// <summary>Valid inputs that need keys or files of this run, and so are not in the corpus.</summary>
    IEnumerable<byte[]> Seeds { get; }

    /// <summary>Words of the input's language.</summary>
    IEnumerable<byte[]> Words { get; }

    /// <summary>
    /// Judges one input. Throws when the product throws or breaks a promise. The value tells kinds of outcomes apart: an input with a new one is kept and mutated further.
    /// </summary>
    int Run(ReadOnlyMemory<byte> input);
}
