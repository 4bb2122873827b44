namespace E3.Relay.Samples.Echo;

/// <summary>A body as it arrived.</summary>
/// <param name="Path">The decoded path that it was sent to.</param>
/// <param name="Query">The query as sent, with its question mark; empty when there was none.</param>
/// <param name="Method">POST or PUT.</param>
/// <param name="ContentType">The Content-Type header as sent, or null.</param>
/// <param name="Bytes">The body, byte for byte.</param>
internal sealed record StoredBody(string Path, string Query, string Method, string? ContentType, byte[] Bytes);
