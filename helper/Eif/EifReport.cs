namespace E3.Relay.Helper.Eif;

/// <summary>What <c>eif describe</c> tells of an image. PCRs are lower-case hex; PCR8 is absent from an image that is not signed.</summary>
internal sealed record EifReport(
    int Version,
    string Architecture,
    ulong DefaultMemoryBytes,
    ulong DefaultCpus,
    string CommandLine,
    string Pcr0,
    string Pcr1,
    string Pcr2,
    string? Pcr8,
    string Signature,
    string? SignedBy,
    DateTimeOffset? SignedUntil,
    string Metadata,
    IReadOnlyList<EifSectionReport> Sections);
