using System.Text;
using CsCheck;
using E3.Relay.Rules.Multipart;
using static E3.Relay.Rules.Tests.Multipart.MultipartBodies;

namespace E3.Relay.Rules.Tests.Multipart;

public sealed class MultipartReaderTests
{
    [Fact]
    public void Body_OfABrowser_GivesItsFieldsAndFiles()
    {
        byte[] png = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 255];
        byte[] body =
        [
            .. Bytes($"--{Boundary}\r\n{Field("pan")}\r\n\r\n4242424242424242\r\n--{Boundary}\r\n{Field("empty")}\r\n\r\n\r\n--{Boundary}\r\n"),
            .. Bytes("Content-Disposition: form-data; name=\"photo\"; filename=\"Ä.png\"\r\nContent-Type: image/png\r\n\r\n"), .. png, .. Bytes($"\r\n--{Boundary}--\r\n"),
        ];
        (MultipartError error, var parts) = Read(body);
        Assert.Equal(MultipartError.None, error);
        Assert.Equal(["pan", "empty", "photo"], parts.Select(static part => part.Part.Name));
        Assert.Equal([false, false, true], parts.Select(static part => part.Part.IsFile));
        Assert.Equal((byte[][])[Bytes("4242424242424242"), [], png], parts.Select(static part => part.Content));
        Assert.Equal(("Ä.png", "image/png"), (parts[2].Part.FileName, parts[2].Part.ContentType));
    }

    [Theory]
    [InlineData("Content-Disposition: form-data; name=pan", "pan", null, null)]
    [InlineData("content-disposition:FORM-DATA;name=\"a b; c=d\"", "a b; c=d", null, null)]
    [InlineData("Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=\"n\"\r\nX-Other: anything", "n", null, null)]
    [InlineData("Content-Disposition: form-data; name=f; filename=x.txt; filename*=utf-8''%C3%84.txt", "f", "x.txt", "Ä.txt")]
    [InlineData("Content-Disposition: form-data; filename=\"\"; name=\"f\"", "f", "", null)]
    [InlineData("Content-Disposition: form-data; name=f; filename=x\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: binary", "f", "x", null)]
    public void Head_ThatIsReadInOneWay_IsRead(string head, string name, string? fileName, string? extended)
    {
        (MultipartError error, var parts) = Read(Bytes(Body((head, "v"))));
        Assert.Equal(MultipartError.None, error);
        Assert.Equal((name, fileName, extended), (parts[0].Part.Name, parts[0].Part.FileName, parts[0].Part.FileNameExtended));
    }

    [Theory]
    [InlineData("Content-Type: text/plain", MultipartError.Disposition)]
    [InlineData("Content-Disposition: attachment; name=a", MultipartError.Disposition)]
    [InlineData("Content-Disposition: form-data; name=a; name=b", MultipartError.Disposition)]
    [InlineData("Content-Disposition: form-data; name=a; NAME=b", MultipartError.Disposition)]
    [InlineData("Content-Disposition: form-data; name=a; name*=utf-8''b", MultipartError.Disposition)]
    [InlineData("Content-Disposition: form-data; name=a; size=3", MultipartError.Disposition)]
    [InlineData("Content-Disposition: form-data; name=\"a\\\"b\"", MultipartError.Disposition)]
    [InlineData("Content-Disposition: form-data; name=\"a", MultipartError.Disposition)]
    [InlineData("Content-Disposition: form-data; name=\"a\"b", MultipartError.Disposition)]
    [InlineData("Content-Disposition: form-data; name = a", MultipartError.Disposition)]
    [InlineData("Content-Disposition: form-data;; name=a", MultipartError.Disposition)]
    [InlineData("Content-Disposition: form-data; name=a;", MultipartError.Disposition)]
    [InlineData("Content-Disposition: form-data; name=f; filename=\"C:\\x.txt\"", MultipartError.Disposition)]
    [InlineData("Content-Disposition: form-data", MultipartError.NameMissing)]
    [InlineData("Content-Disposition: form-data; name=\"\"", MultipartError.NameMissing)]
    [InlineData("Content-Disposition: form-data; filename=x", MultipartError.NameMissing)]
    [InlineData("Content-Disposition: form-data; name=\"_charset_\"", MultipartError.NameAmbiguous)]
    [InlineData("Content-Disposition: form-data; name=\"a%22b\"", MultipartError.NameAmbiguous)]
    [InlineData("Content-Disposition: form-data; name=\"a%0db\"", MultipartError.NameAmbiguous)]
    [InlineData("Content-Disposition: form-data; name=\"a \"", MultipartError.NameAmbiguous)]
    [InlineData("Content-Disposition: form-data; name=\" a\u00a0\"", MultipartError.NameAmbiguous)]
    [InlineData("Content-Disposition: form-data; name=\"\u3000a\"", MultipartError.NameAmbiguous)]
    [InlineData("Content-Disposition: form-data; name=\" \"", MultipartError.None)]
    [InlineData("Content-Disposition: form-data; name='a'", MultipartError.Disposition)]
    [InlineData("Content-Disposition: form-data; name=a'; filename=b'", MultipartError.Disposition)]
    [InlineData("Content-Disposition: form-data; name=f; filename*=utf-8''x", MultipartError.FileName)]
    [InlineData("Content-Disposition: form-data; name=f; filename=x; filename*=latin1''x", MultipartError.FileName)]
    [InlineData("Content-Disposition: form-data; name=f; filename=x; filename*=utf-8''%C3", MultipartError.FileName)]
    [InlineData("Content-Disposition: form-data; name=f; filename=x; filename*=utf-8''%4", MultipartError.FileName)]
    [InlineData("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b", MultipartError.HeaderRepeated)]
    [InlineData("Content-Disposition: form-data; name=a\r\nContent-Type: text/plain\r\ncontent-type: text/plain", MultipartError.HeaderRepeated)]
    [InlineData("Content-Disposition: form-data;\r\n name=a", MultipartError.HeaderMalformed)]
    [InlineData(" Content-Disposition: form-data; name=a", MultipartError.HeaderMalformed)]
    [InlineData("Content-Disposition : form-data; name=a", MultipartError.HeaderMalformed)]
    [InlineData("Content-Disposition: form-data; name=a\nX: y", MultipartError.HeaderMalformed)]
    [InlineData("Content-Disposition: form-data; name=a\rX: y", MultipartError.HeaderMalformed)]
    [InlineData("Content-Disposition: form-data; name=\"a\0b\"", MultipartError.HeaderMalformed)]
    [InlineData("Content-Disposition: form-data; name=a\r\nno colon", MultipartError.HeaderMalformed)]
    [InlineData("Content-Disposition: form-data; name=a\r\nContent-Type: text", MultipartError.HeaderMalformed)]
    [InlineData("Content-Disposition: form-data; name=a\r\nContent-Type: multipart/mixed; boundary=x", MultipartError.Nested)]
    [InlineData("Content-Disposition: form-data; name=a; filename=x\r\nContent-Type: Multipart/Form-Data; boundary=x", MultipartError.Nested)]
    [InlineData("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64", MultipartError.TransferEncoding)]
    [InlineData("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: quoted-printable", MultipartError.TransferEncoding)]
    [InlineData("Content-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=utf-16", MultipartError.Charset)]
    public void Head_ThatReadersReadDifferently_IsRefused(string head, object expected) => Assert.Equal((MultipartError)expected, Read(Bytes(Body((head, "v")))).Error);

    /// <summary>A name just as browsers write it is read on a way of its own, which must say the same as the other.</summary>
    [Fact]
    public void Name_InAnyHead_IsTheSame() => Gen.Int[0, 15].Select(static index => "abZ09-._[] %\"\r=é"[index]).Array[0, 12].Select(static characters => new string(characters)).Sample(name =>
    {
        (MultipartError plain, var fields) = Read(Bytes(Body((Field(name), "v"))));
        (MultipartError other, var others) = Read(Bytes(Body((Field(name) + "\r\nX: y", "v"))));
        Assert.Equal(other, plain);
        Assert.Equal(others.Select(static part => part.Part), fields.Select(static part => part.Part));
    }, iter: 5000);

    [Fact]
    public void Name_OfSeveralParts_IsThatOfItsOwn()
    {
        string longName = new('n', 200);
        var (_, parts) = Read(Bytes(Body((Field("a"), "1"), (Field(longName), "2"), (Field("c") + "\r\nX: y", "3"), (Field("d"), "4"))), 9);
        Assert.Equal(["a", longName, "c", "d"], parts.Select(static part => part.Part.Name));
    }

    [Fact]
    public void Head_InLatin1_IsRefused() => Assert.Equal(MultipartError.HeaderMalformed, Read(Encoding.Latin1.GetBytes(Body((Field("ä"), "v")))).Error);

    [Theory]
    [InlineData("", MultipartError.BoundaryMissing)]
    [InlineData("--B", MultipartError.BoundaryMissing)]
    [InlineData("preamble\r\n--B\r\nH\r\n\r\nv\r\n--B--\r\n", MultipartError.BoundaryMissing)]
    [InlineData("\r\n--B\r\nH\r\n\r\nv\r\n--B--\r\n", MultipartError.BoundaryMissing)]
    [InlineData("--C\r\nH\r\n\r\nv\r\n--C--\r\n", MultipartError.BoundaryMissing)]
    [InlineData("--B \r\nH\r\n\r\nv\r\n--B--\r\n", MultipartError.BoundaryLine)]
    [InlineData("--B\nH\r\n\r\nv\r\n--B--\r\n", MultipartError.BoundaryLine)]
    [InlineData("--Bx\r\nH\r\n\r\nv\r\n--B--\r\n", MultipartError.BoundaryLine)]
    [InlineData("--B\r\nH\r\n\r\nv\r\n--Bx\r\nw\r\n--B--\r\n", MultipartError.BoundaryLine)]
    [InlineData("--B\r\nH\r\n\r\nv\r\n--B-\r\n", MultipartError.BoundaryLine)]
    [InlineData("--B\r\nH\r\n\r\nv\n--B--\r\n", MultipartError.BoundaryInContent)]
    [InlineData("--B\r\nH\r\n\r\nv\r--B--\r\n", MultipartError.BoundaryInContent)]
    [InlineData("--B\r\nH\r\n\r\nv--B--\r\n", MultipartError.BoundaryInContent)]
    [InlineData("--B\r\nH\r\n\r\n--B--\r\n", MultipartError.BoundaryInContent)]
    [InlineData("--B\r\nX: --B\r\nH\r\n\r\nv\r\n--B--\r\n", MultipartError.BoundaryInContent)]
    [InlineData("--B\r\ncontent-disposition:form-data;name=--B\r\n\r\nv\r\n--B--\r\n", MultipartError.BoundaryInContent)]
    [InlineData("--B\r\nH\r\n\r\nv", MultipartError.EndMissing)]
    [InlineData("--B\r\nH\r\n\r\nv\r\n--B", MultipartError.EndMissing)]
    [InlineData("--B\r\nH\r\n\r\nv\r\n--B\r\n", MultipartError.EndMissing)]
    [InlineData("--B\r\nH", MultipartError.EndMissing)]
    [InlineData("--B\r\n\r\nv\r\n--B--\r\n", MultipartError.Disposition)]
    [InlineData("--B\r\nH\r\n\r\nv\r\n--B--\r\n\r\n", MultipartError.Epilogue)]
    [InlineData("--B\r\nH\r\n\r\nv\r\n--B--\n", MultipartError.Epilogue)]
    [InlineData("--B\r\nH\r\n\r\nv\r\n--B--\r", MultipartError.Epilogue)]
    [InlineData("--B\r\nH\r\n\r\nv\r\n--B--\r\n--B\r\nH\r\n\r\nw\r\n--B--\r\n", MultipartError.Epilogue)]
    public void Boundaries_ThatReadersReadDifferently_AreRefused_HoweverTheyArrive(string pattern, object expected)
    {
        byte[] body = Bytes(pattern.Replace("H\r\n", Field("a") + "\r\n", StringComparison.Ordinal).Replace("--B", "--" + Boundary, StringComparison.Ordinal));
        foreach (int atOnce in (int[])[int.MaxValue, 1, 2, 7, 33])
            Assert.Equal((MultipartError)expected, Read(body, atOnce).Error);
    }

    [Theory]
    [InlineData("--B--\r\n", 0)]
    [InlineData("--B--", 0)]
    [InlineData("--B\r\nH\r\n\r\nv\r\n--B--", 1)]
    [InlineData("--B\r\nH\r\n\r\n\r\n--B\r\nH\r\n\r\n\r\n--B--\r\n", 2)]
    public void Bodies_WithoutALastLineEnd_OrWithoutContent_AreRead(string pattern, int parts)
    {
        byte[] body = Bytes(pattern.Replace("H\r\n", Field("a") + "\r\n", StringComparison.Ordinal).Replace("--B", "--" + Boundary, StringComparison.Ordinal));
        Assert.Equal((MultipartError.None, parts), (Read(body).Error, Read(body, 1).Parts.Count));
    }

    [Fact]
    public void Limits_OfPartsAndHeads_AreKept()
    {
        (string, string)[] many = [.. Enumerable.Repeat((Field("a"), "v"), MultipartReader.PartsMax)];
        Assert.Equal(MultipartReader.PartsMax, Read(Bytes(Body(many))).Parts.Count);
        Assert.Equal(MultipartError.TooManyParts, Read(Bytes(Body([.. many, many[0]]))).Error);
        string padding = "\r\nX: " + new string('x', MultipartReader.HeadBytesMax);
        Assert.Equal(MultipartError.HeadTooLong, Read(Bytes(Body((Field("a") + padding, "v")))).Error);
        Assert.Equal(MultipartError.HeadTooLong, Read(Bytes(Body((Field("a") + padding, "v"))), 100).Error);
        Assert.Equal(MultipartError.None, Read(Bytes(Body((Field("a") + padding[..1000], "v")))).Error);
    }

    [Fact]
    public void Parts_OfAnyBytes_InAnyPieces_ComeBackWhole() =>
        Gen.Select(Gen.OneOf(Gen.Byte.Array[0, 200], Gen.Int[0, 3].Select(static index => "\r\n-W"u8[index]).Array[0, 60]).Array[0, 6], Gen.Int[1, 80]).Sample(
            (contents, atOnce) =>
            {
                byte[] body = [.. contents.SelectMany(static content => (byte[])[.. Bytes($"--{Boundary}\r\n{Field("a")}\r\n\r\n"), .. content, 13, 10]), .. Bytes($"--{Boundary}--\r\n")];
                (MultipartError error, var parts) = Read(body, atOnce);
                Assert.Equal(MultipartError.None, error);
                Assert.Equal(contents, parts.Select(static part => part.Content));
            },
            iter: 500);

    [Fact]
    public void AnyBytes_AreReadOrRefused_InTheSameWayHoweverTheyArrive()
    {
        byte[] good = Bytes(Body((Field("a"), "v"), (Field("b") + "; filename=x", "w\r\n-")));
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[1, 40]).Sample(
            (at, value, atOnce) =>
            {
                byte[] changed = [.. good];
                changed[at] = value;
                (MultipartError whole, var parts) = Read(changed);
                (MultipartError pieces, var again) = Read(changed, atOnce);
                Assert.Equal(whole, pieces);
                if (whole == MultipartError.None)
                    Assert.Equal(parts.Select(static part => part.Content), again.Select(static part => part.Content));
            },
            iter: 3000);
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=abc", "abc")]
    [InlineData("Multipart/Form-Data;Boundary=\"a:b/c=d?\"", "a:b/c=d?")]
    [InlineData("multipart/form-data", null)]
    [InlineData("multipart/form-data; boundary=", null)]
    [InlineData("multipart/form-data; boundary=\"\"", null)]
    [InlineData("multipart/form-data; boundary=a; boundary=b", null)]
    [InlineData("multipart/form-data; boundary=a; charset=utf-8", null)]
    [InlineData("multipart/form-data; boundary=\"a b\"", null)]
    [InlineData("multipart/form-data; boundary=\"a\\b\"", null)]
    [InlineData("multipart/form-data; boundary=\"a,b\"", null)]
    [InlineData("multipart/form-data; boundary=a, multipart/form-data; boundary=b", null)]
    [InlineData("multipart/form-data; boundary =a", null)]
    [InlineData("multipart/form-data; boundary='a'", null)]
    [InlineData("multipart/form-data; boundary=\"aBoundary=b\"", null)]
    [InlineData("multipart/form-data; boundary=\"----=_Part_1\"", "----=_Part_1")]
    [InlineData("multipart/form-data; boundary*=utf-8''a", null)]
    [InlineData("multipart/mixed; boundary=a", null)]
    [InlineData("multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", null)]
    public void Boundary_OfAContentType_IsReadInOneWayOrNot(string contentType, string? expected)
    {
        Assert.Equal(expected is not null, MultipartType.TryReadBoundary(contentType, out byte[] boundary));
        Assert.Equal(expected ?? "", Encoding.ASCII.GetString(boundary));
    }
}
