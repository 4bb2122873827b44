namespace E3.Relay.Proxy.Pipeline;

/// <summary>What became of reading a body.</summary>
internal enum BodyFill
{
    /// <summary>The body was read to its end.</summary>
    Whole,

    /// <summary>There is more than the limit; a part was read.</summary>
    TooLarge,

    /// <summary>All bodies together hold too much memory; a part was read.</summary>
    NoRoom,
}
