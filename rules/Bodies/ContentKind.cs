namespace E3.Relay.Rules.Bodies;

/// <summary>What a Content-Type field says, as far as editors are concerned.</summary>
internal enum ContentKind : byte
{
    /// <summary>There is none.</summary>
    Missing,

    /// <summary>Two readers could understand it differently.</summary>
    Malformed,

    /// <summary>JSON or a form in a charset other than UTF-8.</summary>
    OtherCharset,

    /// <summary>A type that no editor knows.</summary>
    Other,

    /// <summary><c>application/json</c> or a <c>+json</c> suffix (RFC 8259, RFC 6839).</summary>
    Json,

    /// <summary><c>application/x-www-form-urlencoded</c>.</summary>
    Form,

    /// <summary>No content: target and header fields. No Content-Type field says this.</summary>
    Head,
}
