namespace E3.Relay.Proxy.Codings;

/// <summary>What became of undoing a content coding.</summary>
internal enum DecodingResult
{
    /// <summary>The body was undone to its end, and nothing follows.</summary>
    Whole,

    /// <summary>The body does not follow its coding, ends too early, or has bytes after its end.</summary>
    Malformed,

    /// <summary>There is more in it than the limit.</summary>
    TooLarge,

    /// <summary>It becomes so much larger that it was made to.</summary>
    Expands,

    /// <summary>All bodies together hold too much memory.</summary>
    NoRoom,
}
