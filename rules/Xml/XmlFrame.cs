namespace E3.Relay.Rules.Xml;

/// <summary>One open element.</summary>
internal struct XmlFrame
{
    /// <summary>Which steps its states have.</summary>
    internal XmlEdges Edges;

    /// <summary>The operation that selected it or something around it; -1 when there is none.</summary>
    internal int Operation;

    /// <summary>The bound value that it is; -1 when it is none.</summary>
    internal int BindSlot;

    /// <summary>The byte after its start tag.</summary>
    internal int ContentStart;

    /// <summary>It says that it is null (XML Schema, part 1, section 2.6.2).</summary>
    internal bool IsNil;

    internal bool HasElements;

    /// <summary>It has a comment or a processing instruction.</summary>
    internal bool HasOthers;

    /// <summary>Its texts are looked at.</summary>
    internal readonly bool WantsText => Operation >= 0 || BindSlot >= 0 || (Edges & XmlEdges.Text) != 0;
}
