using System.Text;
using System.Xml;
using E3.Relay.Benchmarks.Rules;
using E3.Relay.Benchmarks.Running;
using E3.Relay.Rules;

namespace E3.Relay.Benchmarks.Bodies;

/// <summary>XML of 1 MiB and of 2 KiB, of which a few values are selected, against a reader of the platform that reads the same bytes and does nothing else.</summary>
internal static class XmlGoals
{
    private const double Goal = 0.5;
    private const int SmallBytes = 2048;

    public static IEnumerable<RuleGoal> All()
    {
        byte[] orders = Orders(RuleLimits.Default.BodyBytesMax), small = Orders(SmallBytes), dense = Dense(), text = Texts();
        yield return new("xml.path", Goal, Editor("orders, one path", orders, "/o:orders/o:order/o:card/o:number"), Reader(orders));
        yield return new("xml.path-select", Goal, Editor("orders, one path, selected and not written", orders, rewrite => rewrite.SelectAlone(), "/o:orders/o:order/o:card/o:number"), Reader(orders));
        yield return new("xml.descendants", Goal, Editor("orders, //number and //@id", orders, "//o:number", "//@id"), Reader(orders));
        yield return new("xml.20-selectors", Goal, Editor("orders, 20 selectors", orders, [.. Enumerable.Range(0, 19).Select(i => $"//o:other{i}"), "//o:number"]), Reader(orders));
        yield return new("xml.small", Goal, Editor("2 KiB, one path", small, "/o:orders/o:order/o:card/o:number"), Reader(small));
        yield return new("xml.dense", null, Editor("short elements, all selected", dense, "/o:orders"), Reader(dense));
        yield return new("xml.text", null, Editor("long texts with references", text, "//o:number"), Reader(text));
        yield return new("xml.evaluated", null, Editor("orders, a predicate", orders, "//o:card[@kind='visa']/o:number"), Reader(orders));
    }

    private static Side Editor(string name, byte[] body, params string[] selectors) => Editor(name, body, rewrite => rewrite.Run(), selectors);

    private static Side Editor(string name, byte[] body, Action<BodyRewrite> work, params string[] selectors)
    {
        BodyRewrite rewrite = new(RuleFiles.BodyPlan($"xml: [{string.Join(", ", selectors.Select(selector => $"\"{selector}\""))}]", "application/xml", "namespaces: {o: \"urn:orders\"}"), body);
        if (rewrite.Count() == 0)
            throw new InvalidOperationException($"{name}: nothing is selected.");
        return WorkSide.Of(name, _ => work(rewrite));
    }

    private static Side Reader(byte[] body) => WorkSide.Of("XmlReader.Read", _ =>
    {
        using XmlReader reader = XmlReader.Create(new MemoryStream(body, false), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        while (reader.Read())
            continue;
    });

    private static byte[] Orders(int bytes) => Document(bytes, i => $"""
          <order id="{i}" currency="EUR">
            <customer>Customer {i} of the usual place</customer>
            <card kind="{(i % 3 == 0 ? "visa" : "other")}"><number>{4242424242420000 + i}</number><expires>2031-07</expires></card>
            <lines><line sku="A-{i}" quantity="2"><price>12.50</price></line><line sku="B-{i}" quantity="1"><price>99.00</price><note/></line></lines>
          </order>

        """);

    private static byte[] Dense() => Document(RuleLimits.Default.BodyBytesMax / 16, i => $"<a>{i}</a>");

    private static byte[] Texts() => Document(RuleLimits.Default.BodyBytesMax, i =>
        $"<note>{string.Concat(Enumerable.Repeat("A long text with a reference &amp; more of it, café.\r\n", 40))}</note><number>{i}</number>");

    private static byte[] Document(int bytes, Func<int, string> part)
    {
        StringBuilder text = new("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<orders xmlns=\"urn:orders\">\n");
        int length = text.Length + 16;
        for (int i = 0; length + Encoding.UTF8.GetByteCount(part(i)) < bytes; i++)
        {
            text.Append(part(i));
            length += Encoding.UTF8.GetByteCount(part(i));
        }

        return Encoding.UTF8.GetBytes(text.Append("</orders>\n").ToString());
    }
}
