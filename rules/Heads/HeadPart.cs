namespace E3.Relay.Rules.Heads;

/// <summary>Where in the head of a message a selected value stands.</summary>
internal enum HeadPart : byte
{
    /// <summary>A segment of the path.</summary>
    Path,

    /// <summary>A field of the query.</summary>
    Query,

    /// <summary>The whole value of a header line.</summary>
    Header,

    /// <summary>The value of a cookie in a header line.</summary>
    Cookie,
}
