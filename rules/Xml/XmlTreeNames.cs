using System.Runtime.InteropServices;
using System.Text;
using System.Xml;

namespace E3.Relay.Rules.Xml;

/// <summary>The different names in a document, each once.</summary>
internal sealed class XmlTreeNames(ReadOnlyMemory<byte> xml)
{
    private readonly List<Entry> _entries = [new Entry(default, "", "", "", -1)];

    // By a hash that nobody can aim at: it is seeded anew by each process.
    private readonly Dictionary<int, int> _first = [];

    internal NameTable Strings { get; } = New();

    /// <summary>The index of nodes without a name.</summary>
    internal static int None => 0;

    internal string Prefix(int index) => _entries[index].Prefix;

    internal string Local(int index) => _entries[index].Local;

    internal string Uri(int index) => _entries[index].Uri;

    /// <summary>The index of a name.</summary>
    /// <param name="name">Where it stands.</param>
    /// <param name="uri">Its namespace.</param>
    internal int Add(XmlName name, string uri)
    {
        ReadOnlySpan<byte> whole = name.Whole(xml.Span);
        HashCode hash = default;
        hash.AddBytes(whole);
        hash.Add(uri);
        ref int first = ref CollectionsMarshal.GetValueRefOrAddDefault(_first, hash.ToHashCode(), out _);
        int index = first;
        while (index > 0 && !(_entries[index].Uri == uri && whole.SequenceEqual(_entries[index].Name.Whole(xml.Span))))
            index = _entries[index].Next;
        if (index > 0)
            return index;
        _entries.Add(new Entry(name, String(name.Prefix(xml.Span)), String(name.Local(xml.Span)), Strings.Add(uri), first));
        return first = _entries.Count - 1;
    }

    private string String(ReadOnlySpan<byte> utf8) => Strings.Add(Encoding.UTF8.GetString(utf8));

    private static NameTable New()
    {
        NameTable strings = new();
        strings.Add("");
        return strings;
    }

    private readonly record struct Entry(XmlName Name, string Prefix, string Local, string Uri, int Next);
}
