using System.Text;
using E3.Relay.Rules.Names;

namespace E3.Relay.Rules.Xml;

/// <summary>The namespaces that are declared around a place of a document (Namespaces in XML 1.0, section 6).</summary>
/// <param name="known">The namespaces that selectors speak of, compared byte by byte.</param>
internal sealed class XmlNamespaces(NameTable known)
{
    /// <summary>Most declarations around one place.</summary>
    internal const int DeclarationsMax = 256;

    private const int Fixed = 3;

    internal const string XmlUri = "http://www.w3.org/XML/1998/namespace";
    internal const string InstanceUri = "http://www.w3.org/2001/XMLSchema-instance";
    private const string DeclarationsUri = "http://www.w3.org/2000/xmlns/";

    private static readonly byte[] XmlPrefix = [.. "xml"u8], DeclarationsPrefix = [.. "xmlns"u8];
    private static readonly byte[] XmlUriUtf8 = Encoding.UTF8.GetBytes(XmlUri), DeclarationsUriUtf8 = Encoding.UTF8.GetBytes(DeclarationsUri);

    /// <summary>What is in these says how a document is to be read; no reader takes it for a field of its own.</summary>
    internal static IReadOnlyList<string> Reserved { get; } = [XmlUri, InstanceUri];

    private Binding[] _bindings =
    [
        new Binding("", [], known.Find([]), 0),
        new Binding(XmlUri, XmlPrefix, known.Find(XmlUriUtf8), 0),
        new Binding(DeclarationsUri, DeclarationsPrefix, known.Find(DeclarationsUriUtf8), 0),
    ];

    private int _count = Fixed;
    private int _default;

    // The depth of the last declaration; most elements have none.
    private int _innermost = -1;

    /// <summary>The index of no namespace.</summary>
    internal static int None => 0;

    /// <summary>The index of the namespace of declarations.</summary>
    internal static int OfDeclarations => 2;

    /// <summary>The namespace of names without a prefix.</summary>
    internal int Default => _default;

    internal string UriOf(int index) => _bindings[index].Uri;

    /// <summary>The namespace's number among those that selectors speak of; -1 for another.</summary>
    internal int KnownOf(int index) => _bindings[index].Known;

    /// <summary>Notes the reader's own instance of an equal text, so that the next comparison is one of references.</summary>
    internal void Share(int index, string uri) => _bindings[index].Uri = uri;

    /// <summary>Declares a namespace for the element at a depth and what is in it.</summary>
    /// <returns>False when there are too many.</returns>
    internal bool TryDeclare(ReadOnlySpan<byte> prefix, string uri, int depth)
    {
        if (_count >= DeclarationsMax)
            return false;
        if (_count == _bindings.Length)
            Array.Resize(ref _bindings, _count * 2);
        if (prefix.IsEmpty)
            _default = _count;
        _innermost = depth;
        _bindings[_count++] = new Binding(uri, prefix.ToArray(), known.Find(Encoding.UTF8.GetBytes(uri)), depth);
        return true;
    }

    /// <summary>Whether the element at a depth, or one in it, declares a namespace.</summary>
    internal bool DeclaresAt(int depth) => _innermost >= depth;

    /// <summary>Forgets what the element at a depth declared.</summary>
    internal void Leave(int depth)
    {
        while (_count > Fixed && _bindings[_count - 1].Depth >= depth)
            _count--;
        if (_default >= _count)
            _default = Find([]);
        _innermost = _count == Fixed ? -1 : _bindings[_count - 1].Depth;
    }

    /// <summary>The namespace of a prefix, the empty one included; -1 when the prefix is not declared.</summary>
    internal int Resolve(ReadOnlySpan<byte> prefix) => prefix.IsEmpty ? _default : Find(prefix);

    private int Find(ReadOnlySpan<byte> prefix)
    {
        int index = _count - 1;
        while (index >= 0 && !prefix.SequenceEqual(_bindings[index].Prefix))
            index--;
        return index;
    }

    private struct Binding(string uri, byte[] prefix, int known, int depth)
    {
        internal string Uri = uri;

        internal readonly byte[] Prefix => prefix;

        internal readonly int Known => known;

        internal readonly int Depth => depth;
    }
}
