namespace E3.Relay.Rules.Xml;

/// <summary>A qualified name by its place in the document (Namespaces in XML, section 4).</summary>
/// <param name="Start">First byte.</param>
/// <param name="Length">Bytes.</param>
/// <param name="PrefixLength">Bytes before the colon; 0 without one.</param>
internal readonly record struct XmlName(int Start, int Length, int PrefixLength)
{
    internal ReadOnlySpan<byte> Whole(ReadOnlySpan<byte> xml) => xml.Slice(Start, Length);

    internal ReadOnlySpan<byte> Prefix(ReadOnlySpan<byte> xml) => xml.Slice(Start, PrefixLength);

    internal ReadOnlySpan<byte> Local(ReadOnlySpan<byte> xml) =>
        PrefixLength == 0 ? xml.Slice(Start, Length) : xml.Slice(Start + PrefixLength + 1, Length - PrefixLength - 1);
}
