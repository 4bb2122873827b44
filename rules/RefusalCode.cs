namespace E3.Relay.Rules;

/// <summary>The reasons for refusing a message. Names and numbers are stable.</summary>
public enum RefusalCode
{
    /// <summary>The body does not follow its format, or has bytes after its end.</summary>
    MalformedBody = 1,

    /// <summary>The body is no UTF-8, begins with a byte order mark, a name or a selected value holds a lone surrogate, or a name holds NUL.</summary>
    MalformedText = 2,

    /// <summary>The body is nested deeper than the limit.</summary>
    TooDeep = 3,

    /// <summary>The body is larger than the limit.</summary>
    BodyTooLarge = 4,

    /// <summary>More values are selected than the limit.</summary>
    TooManyFields = 5,

    /// <summary>A member that a selector step matched stands twice in one object.</summary>
    RepeatedMember = 6,

    /// <summary>Two different operations selected the same value.</summary>
    ConflictingOperations = 7,

    /// <summary>A required selector selected nothing.</summary>
    RequiredMissing = 8,

    /// <summary>A value to be encrypted has the form of a mask of the same role.</summary>
    MaskedValue = 9,

    /// <summary>A source of the bound context is missing, is no scalar, or makes the context too long.</summary>
    BindMissing = 10,

    /// <summary>A strict decrypt operation met a value that is no token.</summary>
    NotAToken = 11,

    /// <summary>A value to be encrypted is a token already, on a route that does not accept tokens.</summary>
    TokenNotAccepted = 12,

    /// <summary>A replacement is not what its type says.</summary>
    CannotDecrypt = 13,

    /// <summary>No operation of a matching rule can inspect this content type.</summary>
    UnsupportedContentType = 14,

    /// <summary>A body without a content type.</summary>
    MissingContentType = 15,

    /// <summary>A content type that two readers could understand differently.</summary>
    MalformedContentType = 16,

    /// <summary>A charset other than UTF-8.</summary>
    UnsupportedCharset = 17,

    /// <summary>A body on a route or method that no rule matches.</summary>
    UnmatchedBody = 18,

    /// <summary>A form that two readers could understand differently: a second separator, a control character in a name.</summary>
    AmbiguousForm = 19,

    /// <summary>A value whose form is to be preserved is no string.</summary>
    CannotPreserve = 20,

    /// <summary>The operation is not for the caller.</summary>
    CallerNotAllowed = 21,

    /// <summary>XML with a document type declaration.</summary>
    DocumentType = 30,

    /// <summary>XML that two readers could understand differently: a comment or a processing instruction inside of a selected value.</summary>
    AmbiguousXml = 31,

    /// <summary>XML with more attributes in one element, or more namespaces declared around one place, than the limit.</summary>
    TooManyAttributes = 32,

    /// <summary>An XPath expression or the filters of JSONPath take too many steps over this document, a pattern takes too long over a text, or a filter met a number or a pattern that is too large.</summary>
    SelectorTooCostly = 33,

    /// <summary>A match in a text is longer than 4096 characters.</summary>
    MatchTooLong = 34,

    /// <summary>A query that two readers could understand differently where a selected field is concerned.</summary>
    AmbiguousQuery = 40,

    /// <summary>A header line with cookies that two readers could understand differently where a selected cookie is concerned.</summary>
    AmbiguousCookie = 41,

    /// <summary>The value of a selected header field has bytes of no known charset, or control characters.</summary>
    AmbiguousHeader = 42,

    /// <summary>Multipart that two readers could understand differently: in its boundaries, its names, the header fields of its parts.</summary>
    AmbiguousMultipart = 50,

    /// <summary>An operation other than encrypt and decrypt selected a file.</summary>
    FileOperation = 51,
}
