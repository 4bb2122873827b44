using CsCheck;

namespace E3.Relay.Rules.Tests.Xml;

/// <summary>Generated documents: well-formed ones, and ones that are damaged at some place.</summary>
internal static class XmlDocuments
{
    private static readonly string[] Names = ["a", "b", "card", "number", "o:card", "o:number", "p:x", "é", "_1", "x.y"];

    private static readonly string[] AttributeNames = ["id", "o:id", "x", "xml:lang", "number", "é"];

    private static readonly string[] Words =
    [
        "<", ">", "/", "&", ";", "'", "\"", "=", "<a>", "</a>", "<a/>", "<!--", "-->", "--", "<![CDATA[", "]]>", "]]", "<?", "?>", "<?xml version='1.0'?>", "<!DOCTYPE a>", "<!",
        "&lt;", "&amp;", "&#65;", "&#x41;", "&#0;", "&#xFFFE;", "&#x110000;", "&x;", "&#x;", "&#;", "&#32;", "xmlns='urn:x'", " xmlns:o=''", " xmlns=''", " a='1'", "\r\n", "\r", "\t", "\0", "\uFEFF", "\uFFFE", "\u0085", "\u2028",
        "é", "𝄞", "o:", ":", "xml:", "xmlns:", " xml:space='preserve'",
    ];

    internal static readonly Gen<string> Space = Pick("", "", " ", "\r\n\t", "\n", "\r");

    internal static readonly Gen<string> Text = Pick("", "x", "4242", "a&amp;b", "&#233;é𝄞", "\r\n", "  ", "&#32;", "a\rb\r\nc", "&#13;", "]] >", "<![CDATA[]]>", "<![CDATA[<&>\r\n]]>", "x<![CDATA[]]]]>y", "&#x1d11e;", "\u0085\u2028");

    private static readonly Gen<string> Between = Gen.OneOf(Text, Text, Text, Pick("<!-- c\r\n -->", "<?pi d\r\n ?>", "<?pi?>", "<!---->"));

    private static readonly Gen<string> Attributes = Gen.Select(
        Gen.Shuffle(AttributeNames, 0, 3), Space, Pick("", "x", " a\tb\r\nc ", "&#10;&lt;&quot;", "é'"), Pick("xmlns='urn:z'", "xmlns:p=\"urn:o\"", "xmlns=''", "", "", ""))
        .Select((names, space, value, declared) => string.Concat(names.Select(name => $" {space}{name}{space}={space}\"{value}\"")) + (declared.Length > 0 ? " " + declared : ""));

    private static readonly Gen<string> Element = Gen.Recursive<string>((depth, inner) => depth > 4
        ? Gen.Select(Pick(Names), Attributes, Space).Select((name, attributes, space) => $"<{name}{attributes}{space}/>")
        : Gen.Select(Pick(Names), Attributes, Space, Gen.OneOf(Between, Between, inner).Array[0, 4]).Select((name, attributes, space, content) =>
            $"<{name}{attributes}{space}>{string.Concat(content)}</{name}{space}>"));

    /// <summary>Well-formed documents.</summary>
    internal static readonly Gen<string> WellFormed = Gen.Select(
        Pick("", "", "<?xml version=\"1.0\"?>", "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>", "\uFEFF<?xml version='1.0' encoding='UTF-8'?>"), Pick("", "\n", "<!--x-->", "<?p?> "), Element, Pick("", "\n", "<!--y-->"))
        .Select((head, before, root, after) => $"{head}{before}<r xmlns:o=\"urn:o\" xmlns:p=\"urn:p\">{root}</r>{after}");

    /// <summary>Documents in which something was put, taken or repeated.</summary>
    internal static readonly Gen<string> Damaged = Gen.Select(WellFormed, Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, 3], Pick(Words)).Array[1, 3]).Select((document, edits) =>
    {
        foreach ((int place, int taken, string word) in edits)
        {
            int at = place % (document.Length + 1);
            document = document[..at] + word + document[Math.Min(document.Length, at + taken)..];
        }

        return document;
    });

    private static Gen<string> Pick(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);
}
