namespace E3.Relay.Rules.Multipart;

/// <summary>One part: what its header fields say.</summary>
/// <param name="Name">The name of the field, as it stands there.</param>
/// <param name="FileName">The file name, as it stands there; null for a field.</param>
/// <param name="FileNameExtended">The decoded <c>filename*</c> (RFC 8187), which may stand beside the file name.</param>
/// <param name="ContentType">The Content-Type, as it stands there; null when there is none.</param>
internal sealed record MultipartPart(string Name, string? FileName, string? FileNameExtended, string? ContentType)
{
    /// <summary>True for a file, which may be of any type and size, false for a field, whose value is UTF-8 text.</summary>
    public bool IsFile => FileName is not null;
}
