using System.Security.Cryptography;
using System.Text.Json;

namespace E3.Relay.Helper.Audit;

/// <summary>
/// One line of the audit log: an act that is begun, or how one ended. Each holds the SHA-256 of the line before it, so that nothing can be changed, left out or put in between without changing all that follows.
/// </summary>
internal sealed record AuditRecord
{
    /// <summary>From 1, without gaps.</summary>
    public required long Number { get; init; }

    /// <summary>When, by the helper's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    public required uint UserId { get; init; }

    public required uint GroupId { get; init; }

    public required int ProcessId { get; init; }

    /// <summary>What: a method and the pattern of a path, or the name of a command.</summary>
    public required string Act { get; init; }

    /// <summary>To what: the path asked for. Never a value, a key or a token.</summary>
    public string? Target { get; init; }

    /// <summary><c>begun</c>, <c>done</c>, <c>refused</c> or <c>failed</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>For an end, the number of its beginning. A beginning without an end was cut off.</summary>
    public long? Begun { get; init; }

    /// <summary>SHA-256 of the line before, without its end, in hexadecimal; zeros for the first.</summary>
    public required string Previous { get; init; }

    /// <summary>The line, without its end.</summary>
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, AuditJson.Default.AuditRecord);

    /// <summary>Reads a line; null when it is none.</summary>
    public static AuditRecord? TryRead(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, AuditJson.Default.AuditRecord) is { Previous.Length: 2 * SHA256.HashSizeInBytes } record ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
