using System.Text.Unicode;
using System.Xml;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Fuzz.Targets;

/// <summary>The tokenizer and the platform's reader see the same in all of a document, or it is refused; and what the reader accepts is refused for its limits alone.</summary>
internal sealed class XmlTokensTarget : IFuzzTarget
{
    private const int DepthMax = 16;

    private readonly XmlTarget _xml = new();

    public string Name => "xml-tokens";

    public IEnumerable<byte[]> Seeds => [];

    public IEnumerable<byte[]> Words => _xml.Words;

    public int Run(ReadOnlyMemory<byte> input)
    {
        // What the editor refuses before it reads.
        if (!Utf8.IsValid(input.Span) || input.Span.Contains((byte)0))
            return -1;
        int tokens = Compare(input, out bool isLimited);
        bool isAccepted = tokens >= 0, isWellFormed = IsWellFormed(input);
        BrokenException.Unless(!isAccepted || isWellFormed, "what is accepted is well-formed");
        bool declaresEncoding = input.Span.IndexOf("encoding"u8) >= 0;
        BrokenException.Unless(isAccepted || isLimited || declaresEncoding || !isWellFormed, "what is well-formed is accepted");
        return isAccepted ? Math.Min(tokens, 64) : isLimited ? -2 : isWellFormed ? -3 : -4;
    }

    public void Dispose() => _xml.Dispose();

    /// <summary>The number of tokens; -1 for a document that is refused.</summary>
    private static int Compare(ReadOnlyMemory<byte> xml, out bool isLimited)
    {
        isLimited = false;
        try
        {
            using XmlAgreement agreement = new(xml);
            XmlTokenizer tokens = new(xml.Span, new XmlNamespaces(new Rules.Names.NameTable.Builder(true).Build()), DepthMax);
            int count = 0;
            for (int end = tokens.End; tokens.Read(); end = tokens.End, count++)
            {
                BrokenException.Unless(tokens.Start == end && tokens.End > end, "tokens leave nothing out");
                if (!agreement.Agrees(in tokens) || !AgreesOnValues(agreement, in tokens))
                    return -1;
            }

            isLimited = tokens.Error is Rules.RefusalCode.TooDeep or Rules.RefusalCode.TooManyAttributes;
            return tokens.Error is null && agreement.Ends() ? count : -1;
        }
        catch (XmlException)
        {
            return -1;
        }
    }

    private static bool AgreesOnValues(XmlAgreement agreement, in XmlTokenizer tokens) => tokens.Kind switch
    {
        XmlTokenKind.EndElement => true,
        XmlTokenKind.StartElement or XmlTokenKind.Declaration => agreement.AgreesOnAttributes(in tokens),
        _ => agreement.AgreesOnContent(in tokens),
    };

    private static bool IsWellFormed(ReadOnlyMemory<byte> xml)
    {
        using XmlReader reader = XmlReader.Create(new MemoryStream(xml.ToArray()), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        try
        {
            while (reader.Read())
                continue;
            return true;
        }
        catch (XmlException)
        {
            return false;
        }
    }
}
