using System.Xml;
using E3.Relay.Rules;

namespace E3.Relay.Fuzz.Targets;

/// <summary>
/// The first byte chooses a selector, the second the type and the length of a replacement, which is the beginning of the body. What the editor lets pass or writes is XML
/// for a reader that reads nothing but it.
/// </summary>
internal sealed class XmlTarget : IFuzzTarget
{
    private const int Head = 2;
    private static readonly byte[] NewText = [.. "n\r\n\t&=\"'<]]>w"u8];

    private readonly BodyPlan[] _plans = BodyRules.Plans(
        "xml", "application/xml", "/o/a", "//number", "\"//@id\"", "\"/*/@*\"", "\"//text()\"", "/", "\"//*\"", "\"/o/a/text() | //b/@id\"", "/o/*/number", "//é");

    // What these select depends on the values, and so changes with them.
    private readonly BodyPlan[] _evaluated = BodyRules.Plans("xml", "application/xml", "\"//*[@id]\"", "\"(//number)[2]\"", "\"//a/following::text()\"", "\"//*[. = '1']\"");

    public string Name => "xml";

    public IEnumerable<byte[]> Seeds => [];

    public IEnumerable<byte[]> Words =>
    [
        [.. "<number>"u8], [.. "</number>"u8], [.. "<a/>"u8], [.. " id='1'"u8], [.. " xmlns:x=\"urn:x\""u8], [.. " xmlns=''"u8], [.. "<x:a>"u8], [.. "<![CDATA["u8], [.. "]]>"u8], [.. "<!--"u8], [.. "-->"u8],
        [.. "<?p"u8], [.. "?>"u8], [.. "<?xml version='1.0' encoding='us-ascii'?>"u8], [.. "&#x41;"u8], [.. "&amp;"u8], [.. "&#13;"u8], [.. "<é>"u8], [.. "<!DOCTYPE o>"u8], [.. "\r\n"u8], [.. "xsi:nil='true'"u8],
    ];

    public int Run(ReadOnlyMemory<byte> input)
    {
        if (input.Length < Head)
            return -1;
        ReadOnlyMemory<byte> body = input[Head..];
        int plan = input.Span[0] % (_plans.Length + _evaluated.Length), odd = input.Span[1];
        if (plan >= _plans.Length)
            return (64 * plan) + RunEvaluated(_evaluated[plan - _plans.Length], body);
        var replacement = new FieldReplacement(true, (FieldType)((odd % 8) + 1), body[..Math.Min(body.Length, odd / 8)]);
        return (64 * plan) + BodyEditing.Run(_plans[plan], body, replacement, Judge, NewText);
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private static int RunEvaluated(BodyPlan plan, ReadOnlyMemory<byte> body)
    {
        bool selected = plan.TrySelect(body, RuleLimits.Default, BodyRules.Tokens, out BodySelection selection, out Refusal? refusal);
        BrokenException.Unless(selected == (refusal is null), "a body is selected from or refused");
        using BodySelection owned = selection;
        if (!selected)
            return -(int)refusal!.Code - 1;
        Judge(body);
        return Math.Min(selection.Fields.Count, 16);
    }

    private static void Judge(ReadOnlyMemory<byte> xml)
    {
        using XmlReader reader = XmlReader.Create(new MemoryStream(xml.ToArray()), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        try
        {
            while (reader.Read())
                continue;
        }
        catch (XmlException e)
        {
            throw new BrokenException($"what passes is XML: {e.Message}");
        }
    }
}
