using E3.Relay.Rules.Bodies;

namespace E3.Relay.Rules.Tests.Bodies;

public sealed class TextBodyTests
{
    private const string Number = @"\b(?<value>\d{3}-\d{2}-\d{4})\b";
    private static readonly BodyPlan Numbers = RulesUnderTest.TextPlan(Encrypting(Number));

    private static string Encrypting(string pattern, string more = "") => RulesUnderTest.Encrypt($"text: ['{pattern}']", more);

    private static string Decrypting(string more = "", string direction = "response") =>
        RulesUnderTest.File($"{direction}:\n  - decrypt: {{text: ['(?<value>e3\\.[A-Za-z0-9_-]+)']}}\n    role: card\n    {more}");

    private static BodyPlan ResponsePlan(string file, string contentType = "text/plain") => RulesUnderTest.Planned(RulesUnderTest.PlanFor(file).ForResponse(contentType, true));

    [Theory]
    [InlineData("", "")]
    [InlineData("123-45-6789", "T")]
    [InlineData("a 123-45-6789, 123-45-67890, 987-65-4321.\r\n", "a T, 123-45-67890, T.\r\n")]
    [InlineData("é 😀 123-45-6789 ü 123-45-6789😀", "é 😀 T ü T😀")]
    [InlineData("\uFEFF123-45-6789\n", "\uFEFFT\n")]
    [InlineData("id;\"123-45-6789\"\t1,\0010", null)]
    public void Rewrite_Text_ReplacesTheGroupAndNothingElse(string body, string? written)
    {
        if (written is null)
            Assert.Equal(new Refusal(400, RefusalCode.MalformedText, "under-test"), Numbers.Refused(body));
        else
            Assert.Equal(written, Numbers.Rewrite(body, "T"));
    }

    [Theory]
    [InlineData("(?m)^ssn=(?<value>.*)$", "a\nssn=1 2\nssn=3", "1 2|3")]
    [InlineData("(?i)SSN: (?<value>\\w+)", "Ssn: a, ssn: b", "a|b")]
    [InlineData("ssn=(?<value>\\d*);", "ssn=;ssn=1;", "1")]
    [InlineData("a=(?<value>.)|b=(?<value>.)|c=.", "b=1 c=2 a=3", "1|3")]
    [InlineData("^(?<value>.)", "\uFEFFxy", "x")]
    [InlineData("(?<value>é+)", "aééb", "éé")]
    public void Select_Pattern_SelectsItsGroup(string pattern, string body, string values) =>
        Assert.Equal(values.Split('|'), RulesUnderTest.TextPlan(Encrypting(pattern)).Values(body));

    [Theory]
    [InlineData("\\d+", RuleProblemCode.InvalidSelector)]
    [InlineData("(?<Value>\\d+)", RuleProblemCode.InvalidSelector)]
    [InlineData("(?<value>\\d+", RuleProblemCode.InvalidSelector)]
    [InlineData("(?<value>\\d*)", RuleProblemCode.InvalidSelector)]
    [InlineData("(?<value>a)\\k<value>", RuleProblemCode.InvalidSelector)]
    [InlineData("(?=a)(?<value>a)", RuleProblemCode.InvalidSelector)]
    [InlineData("(?<=b)(?<value>a)", RuleProblemCode.InvalidSelector)]
    [InlineData("(?>a)(?<value>a)", RuleProblemCode.InvalidSelector)]
    [InlineData("(?<value>a)(?:(?:b{1,1000}){1,1000}){1,1000}", RuleProblemCode.InvalidSelector)]
    public void Load_PatternThatCannotSelect_IsRefused(string pattern, RuleProblemCode code)
    {
        RuleProblem problem = Assert.Single(RulesUnderTest.TryLoad(Encrypting(pattern)).Problems);
        Assert.Equal(code, problem.Code);
        Assert.Contains("pattern '", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_LongPattern_IsRefused() =>
        Assert.Equal(RuleProblemCode.InvalidSelector, Assert.Single(RulesUnderTest.TryLoad(Encrypting("(?<value>" + new string('a', 1024) + ")")).Problems).Code);

    [Theory]
    [InlineData("text/plain")]
    [InlineData("Text/Plain; charset=UTF-8")]
    [InlineData("text/plain; format=flowed; delsp=yes; charset=\"utf-8\"")]
    [InlineData("text/plain; charset=us-ascii")]
    [InlineData("text/csv; header=present")]
    [InlineData("text/csv;charset=US-ASCII")]
    [InlineData("text/tab-separated-values")]
    public void ForRequest_TypeOfTexts_IsInspected(string contentType) => Assert.Equal("T", RulesUnderTest.TextPlan(Encrypting(Number), contentType).Rewrite("123-45-6789", "T"));

    [Theory]
    [InlineData("text/plain; charset=iso-8859-1", RefusalCode.UnsupportedCharset)]
    [InlineData("text/csv; charset=windows-1252", RefusalCode.UnsupportedCharset)]
    [InlineData("text/plain; charset=utf-16", RefusalCode.UnsupportedCharset)]
    [InlineData("text/plain; charset=utf-8; charset=us-ascii", RefusalCode.MalformedContentType)]
    [InlineData("text/plain; charset=utf-8; charset=utf-16", RefusalCode.MalformedContentType)]
    [InlineData("text/plain; charset", RefusalCode.MalformedContentType)]
    [InlineData("text/plain;", RefusalCode.MalformedContentType)]
    [InlineData("text/plain; a=\"b, text/html\"", RefusalCode.MalformedContentType)]
    [InlineData("text/html", RefusalCode.UnsupportedContentType)]
    [InlineData("text/javascript", RefusalCode.UnsupportedContentType)]
    [InlineData("application/json", RefusalCode.UnsupportedContentType)]
    public void ForRequest_OtherTypes_AreRefused(string contentType, RefusalCode code) =>
        Assert.Equal(new Refusal(415, code, "under-test"), RulesUnderTest.PlanFor(Encrypting(Number)).ForRequest(contentType, true).Refusal);

    [Theory]
    [InlineData("text/plain; charset=iso-8859-1")]
    [InlineData("text/plain; format")]
    public void ForRequest_TextWhereNoRuleSelectsInTexts_IsAnotherType(string contentType)
    {
        string json = RulesUnderTest.File("otherTypes: pass\nrequest: [{encrypt: {json: [$.a]}, role: card}]");
        Assert.Equal(default, RulesUnderTest.PlanFor(json).ForRequest(contentType, true));
    }

    [Theory]
    [InlineData(new byte[] { 0xE9 })]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x31, 0x00 })]
    [InlineData(new byte[] { 0x31, 0x00, 0x32, 0x00 })]
    [InlineData(new byte[] { 0xC0, 0xAF })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    public void TrySelect_WhatIsNoUtf8_IsRefused(byte[] body) => Assert.Equal(RefusalCode.MalformedText, Numbers.Refused(body).Code);

    [Fact]
    public void TrySelect_AsciiThatIsNot_IsRefused() =>
        Assert.Equal(new Refusal(415, RefusalCode.UnsupportedCharset, "under-test"), RulesUnderTest.TextPlan(Encrypting(Number), "text/plain; charset=us-ascii").Refused("é"));

    [Fact]
    public void TrySelect_LongMatch_IsRefusedAndATokenIsNot()
    {
        BodyPlan plan = RulesUnderTest.TextPlan(Encrypting("<(?<value>[^>]+)>"));
        Assert.Single(plan.Values("<" + new string('a', 4094) + ">"));
        Assert.Equal(new Refusal(413, RefusalCode.MatchTooLong, "under-test"), plan.Refused("<" + new string('a', 4095) + ">"));
        Assert.Single(ResponsePlan(Decrypting()).Values("e3." + new string('a', 8000)));
    }

    [Fact]
    public void TrySelect_TooManyMatches_IsRefused() =>
        Assert.Equal(new Refusal(413, RefusalCode.TooManyFields, "under-test"), RulesUnderTest.TextPlan(Encrypting("(?<value>a)")).Refused(new string('a', 10_001)));

    [Fact]
    public void TrySelect_PatternThatLooksFarAheadForEachMatch_IsRefusedInTime()
    {
        // Four kinds of letters after each other are more than the probe at load tries.
        BodyPlan plan = RulesUnderTest.TextPlan(Encrypting("(?s)(?<value>x)|a.*[b][c][d][e]|a"));
        ThreadClock clock = new();
        Assert.Equal(new Refusal(413, RefusalCode.SelectorTooCostly, "under-test"), plan.Refused(new string('a', 1 << 20)));
        Assert.True(clock.IsOver(TimeSpan.FromMilliseconds(370)));
        Assert.False(clock.IsOver(TimeSpan.FromMilliseconds(1000)));
    }

    [Fact]
    public void ThreadClock_WhileTheThreadWaits_DoesNotGoOn()
    {
        ThreadClock clock = new();
        using var never = new ManualResetEventSlim();
        Assert.False(never.Wait(300));
        Assert.False(clock.IsOver(TimeSpan.FromMilliseconds(200)));
    }

    [Theory]
    [InlineData("(?s)(?<value>x)|a.*b|a")]
    [InlineData("a.*b|(?<value>a)")]
    [InlineData("(?<value>\\d)(?:\\d*x)?")]
    [InlineData("(?<value>a)(?:.*<end>)?")]
    [InlineData("(?s)(?<value>BEGIN)(?:.*END)?")]
    [InlineData("(?<value>\\w)(?:\\w{2,}-)?")]
    [InlineData("(?<value>ab)(?:[ab]*c)?")]
    [InlineData("<(?<value>[^>]*)>|(?<value>[0-9]+)")]
    [InlineData("(?<value>[^\\n]\\n)(?:(?:.\\n)*;)?")]
    public void Load_PatternThatLooksToTheEndForEachMatch_IsRefused(string pattern)
    {
        RuleProblem problem = Assert.Single(RulesUnderTest.TryLoad(Encrypting(pattern)).Problems);
        Assert.Equal(RuleProblemCode.InvalidSelector, problem.Code);
        Assert.Contains("the square of their length", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Number)]
    [InlineData("(?m)^card=(?<value>.+)$")]
    [InlineData("(?<value>[^@\\s]+@[^@\\s]+\\.[a-z]+)")]
    [InlineData("(?i)card(?: number)?[:= ]+(?<value>[\\d -]{12,23})")]
    [InlineData("(?<value>\\d+)(?:\\.\\d+)?")]
    [InlineData("(?<value>\\d{4}( ?\\d{4})*)")]
    [InlineData("(?<value>a)(?:a{0,90}b)?")]
    [InlineData("(?<value>e3\\.[A-Za-z0-9_-]+)")]
    [InlineData("(?s)BEGIN(?<value>.*?)END")]
    [InlineData("(?s)BEGIN(?<value>.*)END")]
    public void Load_PatternThatLooksNoFurtherThanItMatches_IsLoaded(string pattern) => RulesUnderTest.TextPlan(Encrypting(pattern));

    [Fact]
    public void TrySelect_GroupThatCutsACharacter_IsRefused() =>
        Assert.Equal(RefusalCode.MalformedText, RulesUnderTest.TextPlan(Encrypting("a(?<value>.)")).Refused("a😀").Code);

    [Fact]
    public void TrySelect_TwoPatternsOnOneValue_AreOneAndOnPartsOfItConflict()
    {
        BodyPlan same = RulesUnderTest.TextPlan(RulesUnderTest.File(
            $"request:\n  - encrypt: {{text: ['{Number}']}}\n    role: card\n  - encrypt: {{text: ['(?<value>\\d{{3}}-\\d{{2}}-\\d{{4}})', '(?<value>4242)']}}\n    role: card"));
        Assert.Equal(["123-45-6789", "4242"], same.Values("123-45-6789 4242"));
        Assert.Equal(new Refusal(400, RefusalCode.ConflictingOperations, "under-test"), same.Refused("123-45-4242"));
    }

    [Fact]
    public void Load_OnePatternInTwoOperations_Conflicts()
    {
        string file = RulesUnderTest.File($"request:\n  - encrypt: {{text: ['{Number}']}}\n    role: card\n  - redact: {{text: ['{Number}']}}");
        Assert.Equal(RuleProblemCode.ConflictingOperations, Assert.Single(RulesUnderTest.TryLoad(file).Problems).Code);
    }

    [Fact]
    public void TrySelect_RequiredPatternWithoutAMatch_IsRefused() =>
        Assert.Equal(new Refusal(422, RefusalCode.RequiredMissing, "under-test"), RulesUnderTest.TextPlan(Encrypting(Number, $"required: ['{Number}']")).Refused("none"));

    [Theory]
    [InlineData("text/plain", "Doe, \"Jane\"; =1\t|", true)]
    [InlineData("text/plain", "=cmd", true)]
    [InlineData("text/plain", "a\nb", false)]
    [InlineData("text/plain", "a\rb", false)]
    [InlineData("text/plain", "a\0b", false)]
    [InlineData("text/plain", "a\u0085b", false)]
    [InlineData("text/plain", "a\u2028b", false)]
    [InlineData("text/plain", "a\u001Bb", false)]
    [InlineData("text/plain", "é", true)]
    [InlineData("text/plain; charset=us-ascii", "é", false)]
    [InlineData("text/csv", "Jane Doe é", true)]
    [InlineData("text/csv", "", true)]
    [InlineData("text/csv", "a,b", false)]
    [InlineData("text/csv", "a;b", false)]
    [InlineData("text/csv", "a\tb", false)]
    [InlineData("text/csv", "a|b", false)]
    [InlineData("text/csv", "a\"b", false)]
    [InlineData("text/csv", "=1+1", false)]
    [InlineData("text/csv", "@a", false)]
    [InlineData("text/csv", "-5", false)]
    [InlineData("text/csv", "-5", true, FieldType.Number)]
    [InlineData("text/csv", "{\"a\":1}", false, FieldType.Object)]
    [InlineData("text/plain", "{\"a\":1}", true, FieldType.Object)]
    [InlineData("text/plain", "1, x", false, FieldType.Number)]
    [InlineData("text/tab-separated-values", "a\tb", false)]
    public void Write_DecryptedValue_IsRefusedWhereItWouldBeReadAsMore(string contentType, string value, bool canStand, FieldType type = FieldType.String)
    {
        using BodySelection selection = ResponsePlan(Decrypting("onError: fail"), contentType).Select("x,e3.a,y");
        if (canStand)
            Assert.Equal($"x,{value},y", selection.Write(_ => RulesUnderTest.Replacement(value, type)));
        else
            Assert.Equal(new Refusal(502, RefusalCode.CannotDecrypt, "under-test"), selection.RefusedToWrite(_ => RulesUnderTest.Replacement(value, type)));
    }

    [Fact]
    public void Write_DecryptedValueThatCannotStand_LeavesTheTokenWhereTheOperationLeavesWhatDoesNotOpen() =>
        Assert.Equal("x e3.a 1", ResponsePlan(Decrypting()).Rewrite("x e3.a 1", "a\nb"));

    [Fact]
    public void Write_MaskThatCannotStand_IsNeverLeft()
    {
        string file = RulesUnderTest.File("response:\n  - mask: {text: ['<(?<value>[^>]+)>'], last: 4}\n    role: card");
        using BodySelection selection = ResponsePlan(file).Select("<4242>");
        Assert.Equal(RefusalCode.CannotDecrypt, selection.RefusedToWrite(_ => RulesUnderTest.Replacement("\n4242")).Code);
    }

    [Theory]
    [InlineData("text/plain", "a e3.abc\ne3.d! e3.", "a T\nT! e3.")]
    [InlineData("text/csv", "é;\"e3.abc\"\n", "é;\"T\"\n")]
    public void Rewrite_Tokens_AreFoundAnywhere(string contentType, string body, string written)
    {
        string file = RulesUnderTest.File("response:\n  - decrypt: {tokens: true}\n    role: card\n    trusted: x");
        Assert.Equal(written, ResponsePlan(file, contentType).Rewrite(body, "T"));
    }

    [Fact]
    public void TrySelect_TokenUnderAnotherOperationOnTexts_IsRefused()
    {
        string file = RulesUnderTest.File("response:\n  - decrypt: {tokens: true}\n    role: card\n    trusted: x\n  - mask: {text: ['<(?<value>[^>]+)>']}\n    role: card");
        Assert.Equal(["4242", "e3.b"], ResponsePlan(file).Values("<4242> e3.b"));
        Assert.Equal(new Refusal(502, RefusalCode.ConflictingOperations, "under-test"), ResponsePlan(file).Refused("<e3.b>"));
    }
}
