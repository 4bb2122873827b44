namespace E3.Relay.Rules.Bodies;

/// <summary>What a Content-Type field says, as far as editors are concerned.</summary>
internal enum ContentKind : byte
{
    /// <summary>There is none.</summary>
    Missing,

    /// <summary>Two readers could understand it differently.</summary>
    Malformed,

    /// <summary>JSON, XML, a form or a text in a charset that is not read.</summary>
    OtherCharset,

    /// <summary>A type that no editor knows.</summary>
    Other,

    /// <summary><c>application/json</c> or a <c>+json</c> suffix (RFC 8259, RFC 6839).</summary>
    Json,

    /// <summary>A JSON document in each line: <c>application/x-ndjson</c> and its other names.</summary>
    JsonLines,

    /// <summary>JSON documents with a record separator before each: <c>application/json-seq</c> or a <c>+json-seq</c> suffix (RFC 7464, RFC 8091).</summary>
    JsonSequence,

    /// <summary><c>application/x-www-form-urlencoded</c>.</summary>
    Form,

    /// <summary><c>application/xml</c>, <c>text/xml</c> or a <c>+xml</c> suffix (RFC 7303), SOAP among them.</summary>
    Xml,

    /// <summary><c>multipart/form-data</c> with a boundary that is read in one way (RFC 7578).</summary>
    Multipart,

    /// <summary>Another type of multipart, or one without such a boundary: some readers take it for a form all the same.</summary>
    OtherMultipart,

    /// <summary>A body of any type that is one sealed file. No Content-Type field says this.</summary>
    Whole,

    /// <summary><c>text/plain</c>, where an operation selects in texts.</summary>
    Text,

    /// <summary>The same in US-ASCII.</summary>
    AsciiText,

    /// <summary><c>text/csv</c> (RFC 4180) or <c>text/tab-separated-values</c>, where an operation selects in texts.</summary>
    Table,

    /// <summary>The same in US-ASCII.</summary>
    AsciiTable,

    /// <summary>No content: target and header fields. No Content-Type field says this.</summary>
    Head,
}
