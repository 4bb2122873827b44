namespace E3.Relay.Rules.Multipart;

/// <summary>Why a body is not multipart/form-data that every reader reads in the same way.</summary>
internal enum MultipartError
{
    None = 0,

    /// <summary>The body does not begin with its boundary: a preamble, which some readers skip and others take for a part.</summary>
    BoundaryMissing,

    /// <summary>The boundary stands in the content of a part, where some readers end the part.</summary>
    BoundaryInContent,

    /// <summary>Behind a boundary stands neither the end of its line nor the mark of the last one.</summary>
    BoundaryLine,

    /// <summary>The body ends without its last boundary.</summary>
    EndMissing,

    /// <summary>Something stands behind the last boundary.</summary>
    Epilogue,

    /// <summary>More parts than the limit.</summary>
    TooManyParts,

    /// <summary>A part's header fields take more bytes than the limit.</summary>
    HeadTooLong,

    /// <summary>A header field is folded, or not of the form of RFC 9112 section 5.</summary>
    HeaderMalformed,

    /// <summary>A header field that counts is there twice.</summary>
    HeaderRepeated,

    /// <summary>Content-Disposition is missing, is not form-data, or has a parameter that is repeated, unknown, escaped or malformed.</summary>
    Disposition,

    /// <summary>The part has no name, or an empty one.</summary>
    NameMissing,

    /// <summary>The name means different things to different readers: a percent-encoded quote or line end, or <c>_charset_</c>, which changes how others are read.</summary>
    NameAmbiguous,

    /// <summary>The file name is malformed, or there is <c>filename*</c> alone: a file to some readers and a field to others.</summary>
    FileName,

    /// <summary>A part is itself multipart.</summary>
    Nested,

    /// <summary>The content of a part is encoded, which some readers undo.</summary>
    TransferEncoding,

    /// <summary>A part says its length, which some readers believe rather than the boundary.</summary>
    Length,

    /// <summary>A field is in another charset than UTF-8.</summary>
    Charset,
}
