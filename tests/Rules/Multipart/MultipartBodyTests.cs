using System.Buffers;
using System.Text;

namespace E3.Relay.Rules.Tests.Multipart;

public sealed class MultipartBodyTests
{
    private const string Type = $"multipart/form-data; boundary={MultipartBodies.Boundary}";
    private const string FileHead = "Content-Disposition: form-data; name=\"passport\"; filename=\"p.png\"\r\nContent-Type: image/png";

    private static readonly string Encrypt = RulesUnderTest.Encrypt("multipart: [card_number, passport]", "required: [card_number]");

    private static BodyPlan Plan(string file) => RulesUnderTest.Planned(RulesUnderTest.PlanFor(file).ForRequest(Type, true));

    private static string Field(string name, string value = "4242", string more = "") =>
        MultipartBodies.Body(($"Content-Disposition: form-data; name=\"{name}\"{more}", value));

    [Theory]
    [InlineData("card_number")]
    [InlineData("CARD_NUMBER")]
    [InlineData("card.number")]
    [InlineData("card number")]
    [InlineData(" card_number")]
    [InlineData("card_number[]")]
    [InlineData("card_number[0][x")]
    public void Select_NameAsServersReadIt_IsFound(string name) => Assert.Equal(["4242"], Plan(Encrypt).Values(Field(name)));

    [Theory]
    [InlineData("card%5Fnumber")]
    [InlineData("card_numbers")]
    [InlineData("card")]
    public void Select_OtherName_IsNot(string name) => Assert.Equal(RefusalCode.RequiredMissing, Plan(Encrypt).Refused(Field(name)).Code);

    [Fact]
    public void Select_BeginningAndExactNames_AreAsInForms()
    {
        Assert.Equal(["4242"], Plan(RulesUnderTest.Encrypt("multipart: [\"card*\"]")).Values(Field("card_holder")));
        string exact = RulesUnderTest.File("request: [{encrypt: {multipart: [pan]}, role: card}]", more: "names: exact");
        Assert.Equal(["4242"], Plan(exact).Values(Field("pan")));
        Assert.Empty(Plan(exact).Values(Field("PAN")));
    }

    [Fact]
    public void Rewrite_BytesAroundTheValue_StayAsTheyCame()
    {
        string body = MultipartBodies.Body(("content-disposition:form-data;name=a", "1"), ("X-Odd:  kept \r\nContent-Disposition: form-data; name=\"card_number\"\r\nContent-Type: text/plain; charset=utf-8", "42\r\n42"),
            (MultipartBodies.Field("card_number"), ""), (FileHead, "\u0001bytes"));
        Assert.Equal(body.Replace("42\r\n42", "T").Replace("name=\"card_number\"\r\n\r\n\r\n", "name=\"card_number\"\r\n\r\nT\r\n").Replace("\u0001bytes", "S"), WriteEach(Plan(Encrypt), body));
    }

    [Fact]
    public void Select_File_IsItsBytes()
    {
        byte[] file = [0, 0xFF, (byte)'\r', (byte)'\n', (byte)'-', (byte)'-', 0x80];
        byte[] body = [.. Encoding.ASCII.GetBytes($"--{MultipartBodies.Boundary}\r\n{FileHead}\r\n\r\n"), .. file, .. Encoding.ASCII.GetBytes($"\r\n--{MultipartBodies.Boundary}--")];
        BodyPlan plan = Plan(RulesUnderTest.Encrypt("multipart: [passport]"));
        Assert.True(plan.TrySelect(body, RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out _));
        using (selection)
        {
            SelectedField field = Assert.Single(selection.Fields);
            Assert.Equal(FieldType.Bytes, field.Type);
            Assert.False(field.IsToken);
            Assert.Equal(file, field.Value.ToArray());
            ArrayBufferWriter<byte> output = new();
            Assert.True(selection.TryWrite(output, [new FieldReplacement(true, FieldType.Bytes, field.Value)], out _));
            Assert.Equal(body, output.WrittenSpan.ToArray());
        }
    }

    [Theory]
    [InlineData("mask: {multipart: [passport]}")]
    [InlineData("hash: {multipart: [passport]}")]
    [InlineData("rewrap: {multipart: [passport]}")]
    [InlineData("redact: {multipart: [passport]}", "")]
    [InlineData("encrypt: {multipart: [passport]}, deterministic: true")]
    [InlineData("encrypt: {multipart: [passport]}, preserve: {alphabet: digits, key: 1}")]
    public void TrySelect_FileUnderAnotherOperation_IsRefused(string operation, string role = ", role: card")
    {
        BodyPlan plan = Plan(RulesUnderTest.File($$"""request: [{{{operation}}{{role}}}]"""));
        Assert.Equal(new Refusal(422, RefusalCode.FileOperation, "under-test"), plan.Refused(MultipartBodies.Body((FileHead, "x"))));
    }

    [Theory]
    [InlineData("incoming: verify")]
    [InlineData("incoming: refuse")]
    public void TrySelect_SealedFileUnderEncrypt_IsRefused(string incoming) =>
        Assert.Equal(RefusalCode.TokenNotAccepted, Plan(RulesUnderTest.Encrypt("multipart: [passport]", incoming)).Refused(MultipartBodies.Body((FileHead, "sealed:x"))).Code);

    [Fact]
    public void TrySelect_FileThatNobodyChose_SelectsNothing()
    {
        const string Head = "Content-Disposition: form-data; name=\"passport\"; filename=\"\"\r\nContent-Type: application/octet-stream";
        Assert.Empty(Plan(RulesUnderTest.Encrypt("multipart: [passport]")).Values(MultipartBodies.Body((Head, ""))));
        Assert.Equal(RefusalCode.RequiredMissing, Plan(RulesUnderTest.Encrypt("multipart: [passport]", "required: [passport]")).Refused(MultipartBodies.Body((Head, ""))).Code);
        Assert.Equal(RefusalCode.AmbiguousMultipart, Plan(RulesUnderTest.Encrypt("multipart: [passport]")).Refused(MultipartBodies.Body((Head, "4242"))).Code);
    }

    [Theory]
    [InlineData("Content-Disposition: form-data", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Type: text/plain", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name=\"\"", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name=\"a\"; name=\"card_number\"", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"card_number\"", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name=\"card_\\number\"", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name*=utf-8''card_number", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name=\"=?utf-8?Q?card_number?=\"", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name=\"card%22number\"", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name=\"_CHARSET_\"", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name=\"card\tnumber\"", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name=\"a\"; filename*=utf-8''x", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name='card_number'", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name=\"card_number \"", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: attachment; name=\"card_number\"", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data;\r\n name=\"card_number\"", RefusalCode.MalformedBody)]
    [InlineData("Content-Disposition : form-data; name=\"card_number\"", RefusalCode.MalformedBody)]
    [InlineData("Content-Disposition: form-data; name=\"card_number\"\r\nContent-Transfer-Encoding: base64", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name=\"card_number\"\r\nContent-Transfer-Encoding: quoted-printable", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name=\"card_number\"\r\nContent-Encoding: gzip", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name=\"card_number\"\r\nContent-Length: 1", RefusalCode.AmbiguousMultipart)]
    [InlineData("Content-Disposition: form-data; name=\"card_number\"\r\nContent-Type: text/plain; charset=utf-16", RefusalCode.UnsupportedCharset)]
    [InlineData("Content-Disposition: form-data; name=\"files\"\r\nContent-Type: multipart/mixed; boundary=x", RefusalCode.AmbiguousMultipart)]
    public void TrySelect_PartThatReadersReadDifferently_IsRefused(string head, RefusalCode code) =>
        Assert.Equal(code, Plan(RulesUnderTest.Encrypt("multipart: [other]")).Refused(MultipartBodies.Body((head, "4242"))).Code);

    [Theory]
    [InlineData("preamble\r\n--B\r\nH\r\n\r\n1\r\n--B--\r\n", RefusalCode.MalformedBody)]
    [InlineData("\r\n--B\r\nH\r\n\r\n1\r\n--B--\r\n", RefusalCode.MalformedBody)]
    [InlineData("--B\r\nH\r\n\r\n1\r\n--B--\r\nepilogue", RefusalCode.AmbiguousMultipart)]
    [InlineData("--B\r\nH\r\n\r\n1\r\n--B\r\n", RefusalCode.MalformedBody)]
    [InlineData("--B\r\nH\r\n\r\n1", RefusalCode.MalformedBody)]
    [InlineData("--B\nH\n\n1\n--B--\n", RefusalCode.MalformedBody)]
    [InlineData("--B \r\nH\r\n\r\n1\r\n--B--\r\n", RefusalCode.MalformedBody)]
    [InlineData("--B\r\nH\r\n\r\n1\n--B\r\nH\r\n\r\n2\r\n--B--\r\n", RefusalCode.AmbiguousMultipart)]
    [InlineData("--B\r\nH\r\n\r\n1--B\r\n--B--\r\n", RefusalCode.AmbiguousMultipart)]
    [InlineData("--B\r\nH\r\n\r\n--B\r\nH\r\n\r\n1\r\n--B--\r\n", RefusalCode.AmbiguousMultipart)]
    [InlineData("", RefusalCode.MalformedBody)]
    public void TrySelect_BoundaryThatReadersReadDifferently_IsRefused(string body, RefusalCode code)
    {
        body = body.Replace("H", MultipartBodies.Field("a"), StringComparison.Ordinal).Replace("--B", "--" + MultipartBodies.Boundary, StringComparison.Ordinal);
        Assert.Equal(code, Plan(RulesUnderTest.Encrypt("multipart: [other]")).Refused(body).Code);
    }

    [Theory]
    [InlineData("multipart/form-data")]
    [InlineData("multipart/form-data; boundary=")]
    [InlineData("multipart/form-data; boundary=a; boundary=b")]
    [InlineData("multipart/form-data; boundary=a; charset=utf-8")]
    [InlineData("multipart/form-data; boundary=a,b")]
    [InlineData("multipart/form-data; boundary=\"a\\b\"")]
    [InlineData("multipart/form-data; boundary*=utf-8''a")]
    [InlineData("multipart/form-data; boundary='a'")]
    [InlineData("multipart/form-data; boundary=\"a;boundary=b\"")]
    [InlineData("multipart/form-data; boundary=\"aboundary=b\"")]
    [InlineData("multipart/mixed; boundary=a")]
    [InlineData("MULTIPART/related; boundary=a")]
    public void ForRequest_MultipartThatReadersReadDifferently_IsRefusedWhereFormsAreSpokenOf(string contentType)
    {
        foreach (string kind in (string[])["multipart", "form"])
        {
            string file = RulesUnderTest.File($$"""request: [{encrypt: {{{kind}}: [a]}, role: r}]""", more: "otherTypes: pass");
            Assert.Equal(new Refusal(415, RefusalCode.MalformedContentType, "under-test"), RulesUnderTest.PlanFor(file).ForRequest(contentType, true).Refusal);
        }
    }

    [Fact]
    public void ForRequest_FormSelectors_AreNotForMultipart()
    {
        Assert.Equal(RefusalCode.UnsupportedContentType, RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("form: [a]")).ForRequest(Type, true).Refusal?.Code);
        Assert.Equal(RefusalCode.UnsupportedContentType, RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("multipart: [a]")).ForRequest("application/x-www-form-urlencoded", true).Refusal?.Code);
        Assert.Equal(RefusalCode.AmbiguousForm, RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("multipart: [a]"), "/x?A=1").ForRequest(Type, true).Refusal?.Code);
    }

    [Theory]
    [InlineData("x--" + MultipartBodies.Boundary, FieldType.String, RefusalCode.AmbiguousMultipart)]
    [InlineData("1,2", FieldType.Number, RefusalCode.CannotDecrypt)]
    [InlineData("bytes", FieldType.Bytes, RefusalCode.CannotDecrypt)]
    public void Write_ValueThatCannotStandInAField_IsRefused(string value, FieldType type, RefusalCode code)
    {
        using BodySelection selection = Plan(Encrypt).Select(Field("card_number"));
        Assert.Equal(code, selection.RefusedToWrite(_ => RulesUnderTest.Replacement(value, type)).Code);
    }

    [Fact]
    public void Write_TextInPlaceOfAFile_IsRefused()
    {
        using BodySelection selection = Plan(RulesUnderTest.Encrypt("multipart: [passport]")).Select(MultipartBodies.Body((FileHead, "x")));
        Assert.Equal(RefusalCode.CannotDecrypt, selection.RefusedToWrite(_ => RulesUnderTest.Replacement("text")).Code);
    }

    [Fact]
    public void TrySelect_FieldThatIsNoUtf8_IsRefusedWhereItIsSelected()
    {
        byte[] body = Encoding.Latin1.GetBytes(MultipartBodies.Body((MultipartBodies.Field("note"), "\u00e9"), (MultipartBodies.Field("card_number"), "1")));
        Assert.True(Plan(Encrypt).TrySelect(body, RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out _));
        selection.Dispose();
        Assert.Equal(RefusalCode.MalformedText, Plan(RulesUnderTest.Encrypt("multipart: [note]")).Refused(body).Code);
    }

    [Fact]
    public void Tokens_InFields_AreFoundAndFilesAreNot()
    {
        BodyPlan plan = Plan(RulesUnderTest.File("request: [{decrypt: {tokens: true}, role: card, bind: [\"path:1\"]}]"));
        string body = MultipartBodies.Body((MultipartBodies.Field("a"), "see e3.abc and e3.d"), (FileHead, "e3.abc"), (MultipartBodies.Field("b"), "e3.xyz"));
        Assert.Equal(body.Replace("see e3.abc and e3.d", "see T and T").Replace("e3.xyz", "T"), plan.Rewrite(body, "T"));
    }

    [Fact]
    public void Load_DifferentOperationsOnOneName_AreRefused()
    {
        RuleLoadResult result = RulesUnderTest.TryLoad(RulesUnderTest.File("request: [{encrypt: {multipart: [a]}, role: r}, {encrypt: {multipart: [\"A*\"]}, role: s}]"));
        Assert.Equal(RuleProblemCode.ConflictingOperations, Assert.Single(result.Problems).Code);
    }

    [Theory]
    [InlineData("request: [{decrypt: {body: true}, role: r}]")]
    [InlineData("response: [{mask: {body: true}, role: r}]")]
    [InlineData("response: [{decrypt: {body: false}, role: r}]")]
    [InlineData("response: [{decrypt: {body: true, json: [$.a]}, role: r}]")]
    [InlineData("response: [{decrypt: {body: true}, role: r, bind: [\"json:$.a\"]}]")]
    [InlineData("request: [{decrypt: {multipart: [a]}, role: r, bind: [\"json:$.a\"]}]")]
    public void Load_WhatMeansNothing_IsRefused(string operations) =>
        Assert.Equal(RuleProblemCode.InvalidValue, Assert.Single(RulesUnderTest.TryLoad(RulesUnderTest.File(operations)).Problems).Code);

    [Theory]
    [InlineData("image/png")]
    [InlineData("application/json")]
    [InlineData("multipart/mixed; boundary=a")]
    [InlineData(null)]
    public void Body_ThatIsASealedFile_IsSelectedWhole(string? contentType)
    {
        RequestPlan route = RulesUnderTest.PlanFor(RulesUnderTest.File("response: [{decrypt: {body: true}, role: r}, {decrypt: {json: [$.a]}, role: r}]"));
        BodyPlan plan = RulesUnderTest.Planned(route.ForResponse(contentType, true));
        using BodySelection selection = plan.Select("sealed:x");
        SelectedField field = Assert.Single(selection.Fields);
        Assert.Equal((FieldType.Bytes, true), (field.Type, field.IsToken));
        Assert.Equal("file", selection.Write(_ => RulesUnderTest.Replacement("file", FieldType.Bytes)));
    }

    [Fact]
    public void Body_ThatIsNoSealedFile_IsForTheOthers()
    {
        RequestPlan route = RulesUnderTest.PlanFor(RulesUnderTest.File("response: [{decrypt: {body: true}, role: r}, {decrypt: {json: [$.a]}, role: r}]"));
        Assert.Equal(["1"], RulesUnderTest.Planned(route.ForResponse("application/json", true)).Values("""{"a":"1"}"""));
        Assert.Empty(RulesUnderTest.Planned(route.ForResponse("image/png", true)).Values("png"));
        RequestPlan strict = RulesUnderTest.PlanFor(RulesUnderTest.File("response: [{decrypt: {body: true}, role: r, strict: true}]"));
        Assert.Equal(new Refusal(502, RefusalCode.NotAToken, "under-test"), RulesUnderTest.Planned(strict.ForResponse("image/png", true)).Refused("png"));
    }

    private static string WriteEach(BodyPlan plan, string body)
    {
        using BodySelection selection = plan.Select(body);
        return selection.Write(field => field.Type == FieldType.Bytes ? RulesUnderTest.Replacement("S", FieldType.Bytes) : RulesUnderTest.Replacement("T"));
    }
}
