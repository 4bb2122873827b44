using System.Buffers;
using System.Text;
using CsCheck;

namespace E3.Relay.Rules.Tests.Multipart;

public sealed class MultipartPropertyTests
{
    private static readonly Gen<(string Name, bool IsFile, byte[] Content)> Part = Gen.Select(
        GeneratedRules.OneOf(["pan", "PAN", "pan[x]", "file", "other", "p"]), Gen.Bool, Gen.Byte.Array[0, 40],
        (name, isFile, content) => (name, isFile, isFile ? content : [.. content.Select(value => (byte)(value & 0x7F))]));

    private static readonly BodyPlan Plan = RulesUnderTest.Planned(RulesUnderTest.PlanFor(RulesUnderTest.Encrypt("multipart: [pan, file]", "incoming: verify"))
        .ForRequest($"multipart/form-data; boundary={MultipartBodies.Boundary}", true));

    [Fact]
    public void TryWrite_AnyBody_ChangesTheSelectedValuesAlone() => Part.Array[0, 6].Sample(parts =>
    {
        if (parts.Length == 0)
            return;
        byte[] body = Body(parts, static part => part.Content), wanted = Body(parts, static part => part.Name is "other" or "p" ? part.Content : [.. "new"u8]);
        using BodySelection selection = Select(body);
        Assert.Equal(body, Write(selection, static _ => default));
        Assert.Equal(body, Write(selection, static field => new FieldReplacement(true, field.Type, field.Value)));
        byte[] written = Write(selection, static field => new FieldReplacement(true, field.Type, "new"u8.ToArray()));
        Assert.Equal(wanted, written);

        // What was replaced is found again where it stood, and what it was before can be written back.
        using BodySelection again = Select(written);
        int next = 0;
        byte[] back = Write(again, field => new FieldReplacement(true, field.Type, selection.Fields[next++].Value));
        Assert.Equal(body, back);
    }, iter: 3000);

    private static BodySelection Select(byte[] body)
    {
        Assert.True(Plan.TrySelect(body, RuleLimits.Default, FakeTokens.Grammar, out BodySelection selection, out Refusal? refusal), refusal?.ToString());
        return selection;
    }

    private static byte[] Write(BodySelection selection, Func<SelectedField, FieldReplacement> replace)
    {
        ArrayBufferWriter<byte> output = new();
        Assert.True(selection.TryWrite(output, [.. selection.Fields.Select(replace)], out Refusal? refusal), refusal?.ToString());
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Body((string Name, bool IsFile, byte[] Content)[] parts, Func<(string Name, bool IsFile, byte[] Content), byte[]> content)
    {
        IEnumerable<byte> body = [];
        foreach ((string Name, bool IsFile, byte[] Content) part in parts)
        {
            string file = part.IsFile ? "; filename=\"f\"\r\nContent-Type: application/octet-stream" : "";
            body = [.. body, .. Encoding.ASCII.GetBytes($"--{MultipartBodies.Boundary}\r\n{MultipartBodies.Field(part.Name)}{file}\r\n\r\n"), .. content(part), .. "\r\n"u8];
        }

        return [.. body, .. Encoding.ASCII.GetBytes($"--{MultipartBodies.Boundary}--\r\n")];
    }
}
