namespace E3.Relay.Helper.Eif;

/// <summary>One section of an image: what it holds, and its data's length in bytes.</summary>
internal sealed record EifSectionReport(string Kind, int Bytes);
