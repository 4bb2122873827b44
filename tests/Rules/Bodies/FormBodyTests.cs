using System.Text;
using CsCheck;

namespace E3.Relay.Rules.Tests.Bodies;

public sealed class FormBodyTests
{
    private static BodyPlan Plan(string names, string more = "") => RulesUnderTest.FormPlan(RulesUnderTest.Encrypt($"form: [{names}]", more));

    private static readonly BodyPlan Card = Plan("card_number, \"card[cvc]\"");

    [Theory]
    [InlineData("name=A+%42&card_number=4242&x=%7e", "name=A+%42&card_number=T&x=%7e")]
    [InlineData("card%5Bcvc%5D=123", "card%5Bcvc%5D=T")]
    [InlineData("card[cvc]=123&", "card[cvc]=T&")]
    [InlineData("&&card_number=1&&", "&&card_number=T&&")]
    [InlineData("card_number", "card_number=T")]
    [InlineData("card_number=", "card_number=T")]
    [InlineData("card_number=a=b", "card_number=T")]
    [InlineData("card_number=1&card_number=2", "card_number=T&card_number=T")]
    [InlineData("", "")]
    [InlineData("=1&x", "=1&x")]
    public void Rewrite_BytesAroundTheValue_StayAsTheyCame(string body, string written) => Assert.Equal(written, Card.Rewrite(body, "T"));

    [Theory]
    [InlineData("Card_Number=1")]
    [InlineData("card.number=1")]
    [InlineData("card+number=1")]
    [InlineData("card%20number=1")]
    [InlineData("card[number=1")]
    [InlineData("+card_number=1")]
    [InlineData("c%61rd_number=1")]
    [InlineData("CARD%5bCVC]=1")]
    [InlineData("card[cvc]x=1")]
    [InlineData("card[cvc][]=1")]
    [InlineData("card[cvc][x][0]=1")]
    [InlineData("card%5bcvc%5d%5b%5d=1")]
    [InlineData("card[cvc][x=1")]
    [InlineData("card.cvc=1")]
    [InlineData("card[cvc=1")]
    [InlineData("card_number[]=1")]
    [InlineData("CARD.number[0]=1")]
    [InlineData(".card_number=1")]
    [InlineData("%2Ecard_number=1")]
    [InlineData(".CARD.number[]=1")]
    [InlineData(".card.cvc=1")]
    [InlineData(".card[cvc]=1")]
    public void Select_NameAsServersReadIt_IsFound(string body) => Assert.Equal(["1"], Card.Values(body));

    [Theory]
    [InlineData("card_numbers=1")]
    [InlineData("card[cvcs]=1")]
    [InlineData("card[cvc.x]=1")]
    [InlineData("card[x][cvc]=1")]
    [InlineData("card=1")]
    [InlineData("..card_number=1")]
    [InlineData("x.card_number=1")]
    public void Select_OtherName_IsNotFound(string body) => Assert.Empty(Card.Values(body));

    [Fact]
    public void Load_SelectorsOfWhichOneIsInsideOfTheOther_Conflict()
    {
        const string Names = "request: [{encrypt: {form: [card]}, role: r}, {decrypt: {form: [\"card[cvc]\"]}, role: r}]";
        Assert.Equal(RuleProblemCode.ConflictingOperations, Assert.Single(RulesUnderTest.TryLoad(RulesUnderTest.File(Names)).Problems).Code);
        Assert.Empty(RulesUnderTest.TryLoad(RulesUnderTest.File(Names, more: "names: exact")).Problems);
    }

    [Theory]
    [InlineData("?card_number=4242", false)]
    [InlineData("?a=1&CARD.number", false)]
    [InlineData("?a=1;card_number=1", false)]
    [InlineData("?card%5bcvc%5d[]=1", false)]
    [InlineData("?c%61rd_number%00x=1", false)]
    [InlineData("?card_numbers=1&card&cvc=card_number&%zz&=&&%", true)]
    [InlineData("?", true)]
    [InlineData("", true)]
    [InlineData("?%63ard_number[]%zz=1", false)]
    [InlineData("?%63ard_number%00%zz=1", false)]
    [InlineData("?a=1?card_number=2", false)]
    [InlineData("?a?%63ard_number=2", false)]
    [InlineData("?a=%zz&b=?c", true)]
    public void ForRequest_FormFieldInTheQuery_IsRefused(string query, bool passes)
    {
        RequestPlan plan = RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("form: [card_number, \"card[cvc]\"]"), "/x" + query);
        Refusal? refused = passes ? null : new Refusal(400, RefusalCode.AmbiguousForm, "under-test");
        Assert.Equal(refused, plan.ForRequest("application/x-www-form-urlencoded", true).Refusal);
        Assert.Equal(refused, plan.ForRequest(null, false).Refusal);
    }

    [Theory]
    [InlineData("card%5Bcvc%5D")]
    [InlineData("caf%C3%A9*")]
    [InlineData("_charset_")]
    public void Load_NameThatNoFieldHas_IsRefused(string name)
    {
        foreach (string kind in new[] { "form", "query" })
            Assert.Equal(RuleProblemCode.InvalidSelector, Assert.Single(RulesUnderTest.TryLoad(RulesUnderTest.Encrypt($"{kind}: [\"{name}\"]")).Problems).Code);
        RulesUnderTest.Load(RulesUnderTest.Encrypt($"cookie: [\"{name}\"]"));
    }

    [Theory]
    [InlineData("100%")]
    [InlineData("a+b")]
    public void Load_NameWithWhatIsNoEscape_IsTaken(string name) => RulesUnderTest.Load(RulesUnderTest.Encrypt($"form: [\"{name}\"]"));

    [Fact]
    public void ForRequest_SelectorOfAllFormFields_LeavesTheQueryAlone() =>
        Assert.Null(RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("form: ['*']"), "/x?lang=en").ForRequest("application/x-www-form-urlencoded", true).Refusal);

    /// <summary>Node's qs, which Express reads forms and queries with.</summary>
    [Theory]
    [InlineData("a=1&[card_number]=4242")]
    [InlineData("a=1&%5Bcard_number%5D=4242")]
    [InlineData("a=1&[card.number][x]=4242")]
    [InlineData("a=1&[card][cvc]=4242")]
    [InlineData("a=1&[card][cvc][]=4242")]
    [InlineData("a=1&[CARD]cvc=4242")]
    public void Select_NameInBracketsFromItsStart_IsFound(string body)
    {
        Assert.Equal(["4242"], Plan("card_number, 'card[cvc]', cardcvc").Values(body));
        Assert.Equal(RefusalCode.AmbiguousForm, RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("form: [card_number, 'card[cvc]', cardcvc]"), "/x?" + body).ForRequest(null, false).Refusal?.Code);
        string exact = RulesUnderTest.File("request: [{encrypt: {form: [card_number, 'card[cvc]', cardcvc]}, role: r}]", more: "names: exact");
        Assert.Empty(RulesUnderTest.FormPlan(exact).Values(body));
    }

    [Fact]
    public void Select_ExactNames_FindsThatNameAlone()
    {
        string file = RulesUnderTest.File("request: [{encrypt: {form: [card_number]}, role: r}]", more: "names: exact");
        Assert.Equal(["2"], RulesUnderTest.FormPlan(file).Values("Card_Number=1&card_number=2&card.number=3&card_number[]=4"));
    }

    [Fact]
    public void Select_NamePrefix_FindsAllThatBeginSo()
    {
        Assert.Equal(["1", "2"], Plan("\"card[*\"").Values("card[cvc]=1&CARD[x][y]=2&ca=3"));
        Assert.Equal(["1", "2"], Plan("'*'").Values("a=1&b=2"));
    }

    [Fact]
    public void Select_Value_IsDecoded() => Assert.Equal(["a b&é/+"], Card.Values("card_number=a+b%26%c3%a9%2f%2B"));

    [Fact]
    public void Write_Value_IsEncodedForItsPlace() => Assert.Equal("card_number=a%20b%26%3D%25%C3%A9%2B%3B%0A~&y=1", Card.Rewrite("card_number=1&y=1", "a b&=%é+;\n~"));

    [Fact]
    public void Write_Token_IsWrittenPlain() => Assert.Equal("card_number=e3.Ab-_9", Card.Rewrite("card_number=1", "e3.Ab-_9"));

    [Theory]
    [InlineData(FieldType.Number, "12", true)]
    [InlineData(FieldType.Boolean, "true", true)]
    [InlineData(FieldType.Number, "1&admin=1", false)]
    [InlineData(FieldType.Bytes, "x", false)]
    public void Write_OtherTypes_AreJudged(FieldType type, string value, bool accepted)
    {
        using BodySelection selection = Card.Select("card_number=1");
        if (accepted)
            Assert.Equal($"card_number={value}", selection.Write(_ => RulesUnderTest.Replacement(value, type)));
        else
            Assert.Equal(RefusalCode.CannotDecrypt, selection.RefusedToWrite(_ => RulesUnderTest.Replacement(value, type)).Code);
    }

    [Theory]
    [InlineData("a=1;card_number=2", RefusalCode.AmbiguousForm)]
    [InlineData("a=%", RefusalCode.AmbiguousForm)]
    [InlineData("a=%4", RefusalCode.AmbiguousForm)]
    [InlineData("a%zz=1", RefusalCode.AmbiguousForm)]
    [InlineData("a=%u0041", RefusalCode.AmbiguousForm)]
    [InlineData("card_number%00x=1", RefusalCode.AmbiguousForm)]
    [InlineData("card_number%0a=1", RefusalCode.AmbiguousForm)]
    [InlineData("a=1\r\ncard_number=2", RefusalCode.AmbiguousForm)]
    [InlineData("a=1\0", RefusalCode.AmbiguousForm)]
    [InlineData("{\"card\":{\"cvc\":1}}", RefusalCode.AmbiguousForm)]
    [InlineData("  [{\"card_number\":1}]", RefusalCode.AmbiguousForm)]
    [InlineData("<card_number>1</card_number>", RefusalCode.AmbiguousForm)]
    [InlineData("_charset_=utf-16", RefusalCode.AmbiguousForm)]
    [InlineData("_charset_=iso-8859-1&card_number=1", RefusalCode.AmbiguousForm)]
    [InlineData("a=%c0%af", RefusalCode.MalformedText)]
    [InlineData("%ff=1", RefusalCode.MalformedText)]
    [InlineData("a=%ed%a0%80", RefusalCode.MalformedText)]
    [InlineData("\uFEFFa=1", RefusalCode.MalformedText)]
    public void TrySelect_FormThatServersReadDifferently_IsRefused(string body, RefusalCode code) =>
        Assert.Equal(new Refusal(400, code, "under-test"), Card.Refused(body));

    [Fact]
    public void TrySelect_CharsetFieldOfUtf8_Passes() => Assert.Equal(["1"], Card.Values("_charset_=UTF-8&card_number=1"));

    [Fact]
    public void TrySelect_CharsetFieldUnderASelectorOfAllFields_IsNotSelected() => Assert.Equal(["1"], Plan("\"*\"").Values("_Charset_=utf-8&x=1"));

    [Fact]
    public void TrySelect_InvalidUtf8_IsRefused() => Assert.Equal(RefusalCode.MalformedText, Card.Refused(new byte[] { (byte)'a', (byte)'=', 0xFF }).Code);

    [Fact]
    public void TrySelect_RequiredNameThatIsNotThere_IsRefused()
    {
        BodyPlan plan = Plan("a, b", "required: [a]");
        Assert.Equal(new Refusal(422, RefusalCode.RequiredMissing, "under-test"), plan.Refused("b=1"));
        Assert.Equal(["1"], plan.Values("A=1"));
    }

    [Fact]
    public void TrySelect_RequiredOfTheOtherType_IsNotAsked()
    {
        string file = RulesUnderTest.Encrypt("json: [$.a], form: [a]", "required: [$.a]");
        Assert.Empty(RulesUnderTest.FormPlan(file).Values("x=1"));
        Assert.Equal(RefusalCode.RequiredMissing, RulesUnderTest.JsonPlan(file).Refused("{}").Code);
    }

    [Fact]
    public void TrySelect_TooManyFields_IsRefused() =>
        Assert.Equal(413, Card.Refused("card_number=1&card_number=2", RuleLimits.Default with { FieldsMax = 1 }).Status);

    [Fact]
    public void TryWrite_AnyForm_ChangesTheSelectedValuesAlone()
    {
        Gen<string> name = Gen.Int[0, 6].Select(i => new[] { "card_number", "x", "CARD.number", "card%5Bcvc%5D", "", "a+b", "%c3%a9" }[i]);
        Gen<string> value = Gen.Char["ab+=1*~"].Array[0, 5].Select(characters => new string(characters));
        Gen<string> field = Gen.Select(name, value, Gen.Bool, (n, v, equals) => equals ? $"{n}={v}" : n);
        field.Array[0, 6].Select(fields => string.Join('&', fields)).Sample(body =>
        {
            using BodySelection selection = Plan("card_number, \"card[cvc]\"", "incoming: verify").Select(body);
            Assert.Equal(body, selection.Write(_ => default));
            string written = selection.Write(selected => new FieldReplacement(true, FieldType.String, selected.Value));
            Assert.Equal(selection.Fields.Select(Text), Card.Values(written));
            Assert.Equal(selection.Write(_ => RulesUnderTest.Replacement("T")), Card.Rewrite(written, "T"));
        });
    }

    [Fact]
    public void TrySelect_AnyBytes_NeverThrows() => Gen.Byte.Array[0, 60].Sample(bytes =>
    {
        bool selected = Card.TrySelect(bytes, RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out Refusal? refusal);
        selection.Dispose();
        return selected == (refusal is null);
    });

    private static string Text(SelectedField field) => Encoding.UTF8.GetString(field.Value.Span);
}
