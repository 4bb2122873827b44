using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace E3.Relay.Rules.Tests.Bodies;

/// <summary>Texts that programs are known to stumble over, as values and as names: what is encrypted and decrypted again is what it was, and nothing beside it changes.</summary>
public sealed class NaughtyTextTests
{
    private const string Token = "e3.secret";
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Texts { get; } =
    [
        // Nothing, and what looks like something else.
        "", " ", "  \t ", "null", "true", "-0", "1e400", "NaN", "undefined", "[]", "{}", "\"", "\\", "\\\\\"", "e3.", "e3.abc", "****", "****4242",
        // Control characters, ends of lines and of strings.
        "\0", "a\0b", "\u0001\u001F", "\r\n", "\n\n.\r\n", "\u007F", "\u0080\u0085\u009F", "\u2028\u2029", "\u001B[31mred\u001B[0m", "\b\f\v",
        // What is not seen: joiners, marks of direction, byte order marks, tags, spaces of all kinds.
        "\u200B\u200C\u200D\u2060", "\uFEFFx", "x\uFEFF", "\u202Eevil\u202C", "\u2066a\u2069\u2067b\u2069", "\u061C\u200E\u200F", "\u00AD", "\u180E\u3000\u00A0", "\U000E0041\U000E007F",
        // Letters that change their number or form: cases, marks, ligatures, other scripts that look the same.
        "\u0130\u0131\u017F\u212A", "\u00DF\u1E9E\uFB01", "e\u0301\u00E9", "\u1E9B\u0323", "Z\u0351\u036B\u0343\u036A\u0302", "\u0430\u0435\u043E", "\u01C4\u01C5\u01C6", "\u0149\u03B0", "\uAC00\u1100\u1161",
        // Beyond the first plane, sequences, and code points for nobody.
        "\U0001F600", "\U0001F468\u200D\U0001F469\u200D\U0001F467", "\U0001F1E6\U0001F1F9", "\U0001F44D\U0001F3FD", "\U0001D56F", "\uFFFD", "\uFFFE\uFFFF", "\uE000\uF8FF", "\U0010FFFF",
        // Texts that mean something to somebody.
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</textarea>", "&lt;&amp;&#0;", "<!--", "]]>", "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>", "' OR '1'='1", "1; DROP TABLE cards--",
        "$(id)", "`id`", "| cat /etc/passwd", "../../etc/passwd", "..\\..\\con", "%", "%00", "%2525", "%u0041", "+", "a+b", "a&b=c", "a;b", "{{7*7}}", "${jndi:x}", "%s%n%d", "=1+1", "_charset_", "__proto__", "constructor",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Json_ValueThereAndBack_IsWhatItWas(string text)
    {
        foreach (string spelled in (string[])[JsonSerializer.Serialize(text), JsonSerializer.Serialize(text, Plain)])
        {
            const string Before = "{ \"a\":[1.10,\"\\u0041\"],\"v\": ", After = " ,\"z\":\"e3\" }";
            string written = Replace(Json(true), $"{Before}{spelled}{After}", text, Token);
            Assert.Equal($"{Before}\"{Token}\"{After}", written);
            string back = Replace(Json(false), written, Token, text);
            Assert.StartsWith(Before, back, StringComparison.Ordinal);
            Assert.EndsWith(After, back, StringComparison.Ordinal);
            Assert.Equal(text, JsonDocument.Parse(back).RootElement.GetProperty("v").GetString());
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Form_ValueThereAndBack_IsWhatItWas(string text)
    {
        const string Before = "a=%31&+b=&v=", After = "&z&=";
        string written = Replace(Form(true), Before + Uri.EscapeDataString(text) + After, text, Token);
        Assert.Equal(Before + Token + After, written);
        string back = Replace(Form(false), written, Token, text);
        Assert.StartsWith(Before, back, StringComparison.Ordinal);
        Assert.EndsWith(After, back, StringComparison.Ordinal);
        Assert.Equal(text, Uri.UnescapeDataString(back[Before.Length..^After.Length]));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Json_NameOfAMember_IsFoundUnderItsOwnNameAndChangesNothingElse(string text)
    {
        string name = JsonSerializer.Serialize(text);
        BodyPlan plan = RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt($"json: [{JsonSerializer.Serialize($"$[{name}]")}]", "incoming: verify"));
        string body = $$"""{"other":{{{name}}:"1"},{{name}}:"2" }""";
        if (text.Contains('\0', StringComparison.Ordinal))
            Assert.Equal(RefusalCode.MalformedText, plan.Refused(body).Code);
        else
            Assert.Equal($$"""{"other":{{{name}}:"1"},{{name}}:"{{Token}}" }""", Replace(plan, body, "2", Token));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Form_NameOfAField_NeverChangesAndHidesNoOtherField(string text)
    {
        string field = Uri.EscapeDataString(text) + "=1";
        BodyPlan plan = Form(true);
        if (text.Any(c => c < ' ') || text == "_charset_")
            Assert.Equal(RefusalCode.AmbiguousForm, plan.Refused($"{field}&v=2").Code);
        else
            Assert.Equal($"{field}&v={Token}&{field}", Replace(plan, $"{field}&v=2&{field}", "2", Token));
    }

    private static BodyPlan Json(bool encrypts) => encrypts
        ? RulesUnderTest.JsonPlan(RulesUnderTest.Encrypt("json: [$.v]", "incoming: verify"))
        : RulesUnderTest.JsonResponsePlan(RulesUnderTest.File("response: [{decrypt: {json: [$.v]}, role: r}]"));

    private static BodyPlan Form(bool encrypts) =>
        RulesUnderTest.FormPlan(RulesUnderTest.File(encrypts ? "request: [{encrypt: {form: [v]}, role: r, incoming: verify}]" : "request: [{decrypt: {form: [v]}, role: r}]"));

    /// <summary>Selects one value, which is this one, and writes another in its place.</summary>
    private static string Replace(BodyPlan plan, string body, string value, string replacement)
    {
        using BodySelection selection = plan.Select(body);
        Assert.Equal(value, Encoding.UTF8.GetString(Assert.Single(selection.Fields).Value.Span));
        return selection.Write(_ => RulesUnderTest.Replacement(replacement));
    }
}
