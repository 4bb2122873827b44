using System.Globalization;

namespace E3.Relay.Helper.Audit;

/// <summary>
/// The files of an audit log: <c>audit-NUMBER.jsonl</c>, named for their first record, a record a line; and <c>head</c>, which says after each record how far the log has come, so that a shorter one is noticed.
/// </summary>
internal sealed class AuditFolder(string path)
{
    public string Path => path;

    public string HeadFile => System.IO.Path.Combine(path, "head");

    /// <summary>The files in order.</summary>
    public string[] Files() => Directory.Exists(path) ? [.. Directory.EnumerateFiles(path, "audit-*.jsonl").Order(StringComparer.Ordinal)] : [];

    public string FileFrom(long number) => System.IO.Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"audit-{number:D12}.jsonl"));

    /// <summary>What the head file says; null when there is none, or it is no head.</summary>
    public AuditHead? ReadHead() => File.Exists(HeadFile) && AuditHead.TryParse(File.ReadAllText(HeadFile), out AuditHead head) ? head : null;
}
