namespace E3.Relay.Rules.Multipart;

/// <summary>What the next bytes of a body are.</summary>
internal enum MultipartEvent
{
    /// <summary>More bytes are needed to tell.</summary>
    NeedMore,

    /// <summary>The boundary and the header fields of the part that begins.</summary>
    Part,

    /// <summary>Content of the part, of which more follows.</summary>
    Content,

    /// <summary>The last content of the part; it may be empty.</summary>
    PartEnd,

    /// <summary>The last boundary and the end of the body.</summary>
    End,

    /// <summary>The body must be refused: <see cref="MultipartReader.Error"/>.</summary>
    Refused,
}
