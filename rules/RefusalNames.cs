namespace E3.Relay.Rules;

internal static class RefusalNames
{
    internal static string Of(RefusalCode code) => code switch
    {
        RefusalCode.MalformedBody => "malformed-body",
        RefusalCode.MalformedText => "malformed-text",
        RefusalCode.TooDeep => "too-deep",
        RefusalCode.BodyTooLarge => "body-too-large",
        RefusalCode.TooManyFields => "too-many-fields",
        RefusalCode.RepeatedMember => "repeated-member",
        RefusalCode.ConflictingOperations => "conflicting-operations",
        RefusalCode.RequiredMissing => "required-missing",
        RefusalCode.MaskedValue => "masked-value",
        RefusalCode.BindMissing => "bind-missing",
        RefusalCode.NotAToken => "not-a-token",
        RefusalCode.TokenNotAccepted => "token-not-accepted",
        RefusalCode.CannotDecrypt => "cannot-decrypt",
        RefusalCode.UnsupportedContentType => "unsupported-content-type",
        RefusalCode.MissingContentType => "missing-content-type",
        RefusalCode.MalformedContentType => "malformed-content-type",
        RefusalCode.UnsupportedCharset => "unsupported-charset",
        RefusalCode.UnmatchedBody => "unmatched-body",
        RefusalCode.AmbiguousForm => "ambiguous-form",
        RefusalCode.CannotPreserve => "cannot-preserve",
        RefusalCode.CallerNotAllowed => "caller-not-allowed",
        RefusalCode.DocumentType => "document-type",
        RefusalCode.AmbiguousXml => "ambiguous-xml",
        RefusalCode.TooManyAttributes => "too-many-attributes",
        RefusalCode.SelectorTooCostly => "selector-too-costly",
        RefusalCode.MatchTooLong => "match-too-long",
        RefusalCode.AmbiguousQuery => "ambiguous-query",
        RefusalCode.AmbiguousCookie => "ambiguous-cookie",
        RefusalCode.AmbiguousHeader => "ambiguous-header",
        RefusalCode.AmbiguousMultipart => "ambiguous-multipart",
        RefusalCode.FileOperation => "file-operation",
        _ => throw new ArgumentOutOfRangeException(nameof(code)),
    };
}
