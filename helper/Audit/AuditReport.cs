namespace E3.Relay.Helper.Audit;

/// <summary>What <c>audit verify</c> found.</summary>
/// <param name="Intact">True when nothing is wrong.</param>
/// <param name="Records">Records up to the first problem.</param>
/// <param name="Files">Files of the log.</param>
/// <param name="Head">The number of the last of these records and the SHA-256 of its line.</param>
/// <param name="Unfinished">Acts that were begun and of which no end is recorded.</param>
/// <param name="Problem">What is wrong, and where; null when nothing is.</param>
internal sealed record AuditReport(bool Intact, long Records, int Files, string Head, int Unfinished, string? Problem);
