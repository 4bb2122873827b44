using System.Globalization;
using System.Security.Cryptography;

namespace E3.Relay.Helper.Audit;

/// <summary>The place that an audit log has come to: the number of its last record and the SHA-256 of that line. Written <c>NUMBER:HEX</c>.</summary>
internal sealed record AuditHead(long Number, string Digest)
{
    /// <summary>Of a log without records.</summary>
    public static AuditHead None { get; } = new(0, new('0', 2 * SHA256.HashSizeInBytes));

    /// <summary>The head after a line.</summary>
    public static AuditHead Of(long number, ReadOnlySpan<byte> line) => new(number, Convert.ToHexStringLower(SHA256.HashData(line)));

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, out AuditHead head)
    {
        head = None;
        string[] parts = text.Trim().Split(':');
        if (parts is not [string number, { Length: 2 * SHA256.HashSizeInBytes } digest]
            || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long parsed)
            || !digest.All(char.IsAsciiHexDigitLower))
            return false;
        head = new(parsed, digest);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}:{Digest}");
}
