using System.Text;
using System.Xml;
using CsCheck;
using E3.Relay.Rules.Xml;

namespace E3.Relay.Rules.Tests.Xml;

public sealed class XmlAgreementTests
{
    [Fact]
    public void Agrees_WellFormedDocument_Does() => XmlDocuments.WellFormed.Sample(document => IsAccepted(Encoding.UTF8.GetBytes(document)), iter: 5000);

    /// <summary>Both directions: what the reader refuses is refused, and what it accepts is not refused for a mistake of the tokenizer.</summary>
    [Fact]
    public void Agrees_DamagedDocument_DoesExactlyWhenTheReaderAcceptsIt() => XmlDocuments.Damaged.Sample(document =>
    {
        byte[] xml = Encoding.UTF8.GetBytes(document);
        return IsAccepted(xml) == IsWellFormed(xml);
    }, iter: 20_000);

    [Fact]
    public void Agrees_DamagedBytes_NeverThrowsAnythingElse() => Gen.Select(XmlDocuments.WellFormed, Gen.Int[0, 10_000], Gen.Byte).Sample((document, at, value) =>
    {
        byte[] xml = Encoding.UTF8.GetBytes(document);
        xml[at % xml.Length] = value;
        return !IsAccepted(xml) || IsWellFormed(xml);
    }, iter: 5000);

    [Fact]
    public void Agrees_TextLongerThanTheReadersBuffers_Does()
    {
        foreach (string piece in (string[])["x", " ", "é", "𝄞", "&#32;", "\r\n", "]"])
        {
            string text = string.Concat(Enumerable.Repeat(piece, 20_000));
            Assert.True(IsAccepted(Encoding.UTF8.GetBytes($"<a b=\"{text}\">{text}<b/><![CDATA[{text}]]></a>")), piece);
        }
    }

    /// <summary>What the editor does with each token whose value it wants, for all of them.</summary>
    private static bool IsAccepted(byte[] xml)
    {
        try
        {
            using XmlAgreement agreement = new(xml);
            XmlTokenizer tokens = new(xml, new XmlNamespaces(new Rules.Names.NameTable.Builder(true).Build()), 64);
            int at = tokens.End;
            while (tokens.Read())
            {
                // Tokens leave nothing out.
                Assert.Equal(at, tokens.Start);
                Assert.True(tokens.End > at);
                at = tokens.End;
                if (!agreement.Agrees(in tokens) || !AgreesOnValues(agreement, tokens))
                    return false;
            }

            return tokens.Error is null && agreement.Ends();
        }
        catch (XmlException)
        {
            return false;
        }
    }

    private static bool AgreesOnValues(XmlAgreement agreement, in XmlTokenizer tokens) => tokens.Kind switch
    {
        XmlTokenKind.EndElement => true,
        XmlTokenKind.StartElement or XmlTokenKind.Declaration => agreement.AgreesOnAttributes(in tokens),
        _ => agreement.AgreesOnContent(in tokens),
    };

    private static bool IsWellFormed(byte[] xml)
    {
        try
        {
            using XmlReader reader = XmlReader.Create(new MemoryStream(xml), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
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
