namespace E3.Relay.Proxy.Codings;

/// <summary>The content codings that are undone and redone (RFC 9110 section 8.4.1, RFC 7932, RFC 8878).</summary>
internal enum ContentCoding
{
    /// <summary>The body stands as it is.</summary>
    Identity,

    /// <summary><c>gzip</c> or <c>x-gzip</c>: one member (RFC 1952).</summary>
    Gzip,

    /// <summary><c>deflate</c>: the zlib format (RFC 1950). Bare deflate data is refused.</summary>
    Deflate,

    /// <summary><c>br</c>.</summary>
    Brotli,

    /// <summary><c>zstd</c>: one frame, with a window of at most 8 MiB (RFC 9659).</summary>
    Zstandard,
}
