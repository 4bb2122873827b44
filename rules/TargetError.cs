namespace E3.Relay.Rules;

/// <summary>Why a request target is not accepted: what two servers could read differently.</summary>
public enum TargetError
{
    /// <summary>The target is accepted.</summary>
    None = 0,

    /// <summary>Neither a path nor an absolute URI with scheme http or https.</summary>
    NotAPath = 1,

    /// <summary>The absolute form names another host than the Host header, or carries user information.</summary>
    OtherHost = 2,

    /// <summary>A segment <c>.</c> or <c>..</c>, plain or encoded.</summary>
    DotSegment = 3,

    /// <summary>An empty segment: <c>//</c>.</summary>
    EmptySegment = 4,

    /// <summary>An encoded slash, <c>%2F</c>.</summary>
    EncodedSlash = 5,

    /// <summary>A backslash, plain or encoded.</summary>
    Backslash = 6,

    /// <summary>A semicolon in a segment, plain or encoded (RFC 3986, section 3.3: parameters).</summary>
    PathParameter = 7,

    /// <summary>A control character, NUL among them, plain or encoded.</summary>
    ControlCharacter = 8,

    /// <summary>A percent sign without two hexadecimal digits.</summary>
    MalformedPercent = 9,

    /// <summary>Decoded bytes that are no UTF-8: overlong forms, surrogates, stray bytes.</summary>
    MalformedUtf8 = 10,

    /// <summary>A character that may not stand in a target, a fragment among them.</summary>
    InvalidCharacter = 11,

    /// <summary>An encoded percent sign: decoded twice it would be something else.</summary>
    EncodedPercent = 12,

    /// <summary>The target is longer than any that is accepted.</summary>
    TooLong = 13,
}
