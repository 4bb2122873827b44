using System.Text;
using E3.Relay.Proxy.Ciphers;
using E3.Relay.Rules;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace E3.Relay.Proxy.Tests;

/// <summary>What the rules let pass, ASP.NET's reader reads as the rules did: the same parts of a name, with the same bytes.</summary>
public sealed class MultipartDifferentialTests
{
    private const string ContentType = "multipart/form-data; boundary=b";

    private static readonly string[] Pieces =
    [
        "--b\r\n", "\r\n--b\r\n", "\r\n--b--\r\n", "\r\n--b--", "--b", "--b ", "\n--b\r\n", "\r\n", "\n", "\r", "Content-Disposition: form-data; name=\"a\"\r\n", "Content-Disposition: form-data; name=a\r\n\r\n",
        "content-disposition:form-data;name=\"a\";filename=\"f\"\r\n\r\n", "Content-Disposition: form-data; name=\"other\"\r\n\r\n", "Content-Type: text/plain\r\n\r\n", "X: y\r\n\r\n", " folded\r\n\r\n", "; filename=\"\"",
        "value", "--", "-", "é", "\0",
    ];

    private static readonly BodyPlan Plan = Load();

    [Fact]
    public async Task TrySelect_AnyBodyThatPasses_IsReadTheSameByAspNet()
    {
        Random random = new(20261124);
        int passed = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] body = Encoding.UTF8.GetBytes(random.Next(2) == 0 ? Loose(random) : Parts(random));
            if (!Plan.TrySelect(body, RuleLimits.Default, EngineTokenGrammar.Instance, out BodySelection selection, out _))
                continue;
            passed++;
            using (selection)
                Assert.Equal(await ReadAsync(body), selection.Fields.Select(field => (field.Type == FieldType.Bytes, Convert.ToHexString(field.Value.Span))));
        }

        Assert.True(passed > 2000, $"{passed} bodies passed");
    }

    /// <summary>Pieces in any order.</summary>
    private static string Loose(Random random) => "--b\r\n" + Some(random, 10) + "\r\n--b--\r\n";

    /// <summary>Parts with heads as they should be, and anything in them.</summary>
    private static string Parts(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => $"--b\r\nContent-Disposition: form-data; name=\"{(random.Next(2) == 0 ? "a" : "other")}\"{(random.Next(2) == 0 ? "; filename=\"f\"" : "")}\r\n\r\n{Some(random, 3)}\r\n")) + "--b--\r\n";

    private static string Some(Random random, int most) => string.Concat(Enumerable.Range(0, random.Next(most + 1)).Select(_ => Pieces[random.Next(Pieces.Length)]));

    private static async Task<List<(bool IsFile, string Bytes)>> ReadAsync(byte[] body)
    {
        var found = new List<(bool, string)>();
        var reader = new MultipartReader("b", new MemoryStream(body));
        while (await reader.ReadNextSectionAsync() is { } section)
        {
            ContentDispositionHeaderValue disposition = ContentDispositionHeaderValue.Parse(section.ContentDisposition!);
            using var content = new MemoryStream();
            await section.Body.CopyToAsync(content);
            bool isUnchosen = disposition.FileName.HasValue && HeaderUtilities.RemoveQuotes(disposition.FileName).Length == 0 && content.Length == 0;
            if (HeaderUtilities.RemoveQuotes(disposition.Name) == "a" && !isUnchosen)
                found.Add((disposition.FileName.HasValue, Convert.ToHexString(content.ToArray())));
        }

        return found;
    }

    private static BodyPlan Load()
    {
        const string File = """
            app: shop
            rules:
              - id: compared
                match: {path: /**}
                request:
                  - encrypt: {multipart: [a]}
                    role: card
                    incoming: verify
            """;
        Assert.True(RequestTarget.TryParse("/x", "shop.example.com", out RequestTarget? target, out _));
        return RuleLoader.Load([new RuleSource("compared", Encoding.UTF8.GetBytes(File))]).Rules!.Plan("POST", "shop.example.com", target).ForRequest(ContentType, true).Plan!;
    }
}
