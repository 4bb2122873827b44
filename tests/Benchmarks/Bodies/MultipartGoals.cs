using System.Text;
using E3.Relay.Benchmarks.Rules;
using E3.Relay.Benchmarks.Running;
using E3.Relay.Rules;
using E3.Relay.Rules.Multipart;

namespace E3.Relay.Benchmarks.Bodies;

/// <summary>1 MiB of multipart/form-data with fields of 64 bytes, of which some are selected and written back, against one loop of <c>IndexOf</c> for the boundaries and the ends of the heads.</summary>
internal static class MultipartGoals
{
    private const double Goal = 0.5;
    private const int PartBytesMax = 256;
    private const string Boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";

    public static IEnumerable<RuleGoal> All()
    {
        byte[] body = Body();
        Side search = WorkSide.Of("IndexOf", _ => Search(body));
        yield return new("multipart.fields", Goal, Editor("select and write, 20 of the fields", body, [.. Enumerable.Range(1, 20).Select(i => $"field-{i * 100}")], 20), search);
        yield return new("multipart.one", Goal, Editor("select and write, one field", body, ["field-3000"], 1), search);
        yield return new("multipart.beginning", null, Editor("select and write, all that begin so, a sixth of the fields", body, ["field-1*"], 1111), search);
        yield return new("multipart.reader", Goal, WorkSide.Of("reader alone", _ => Read(body)), search);
    }

    private static Side Editor(string name, byte[] body, string[] selectors, int least)
    {
        BodyRewrite rewrite = new(RuleFiles.BodyPlan($"multipart: [{string.Join(", ", selectors.Select(selector => $"\"{selector}\""))}]", $"multipart/form-data; boundary={Boundary}"), body);
        if (rewrite.Count() < least)
            throw new InvalidOperationException($"{name}: only {rewrite.Count()} are selected.");
        return WorkSide.Of(name, _ => rewrite.Run());
    }

    private static void Read(byte[] body)
    {
        var reader = new MultipartReader(Encoding.ASCII.GetBytes(Boundary));
        MultipartEvent next;
        for (int start = 0; (next = reader.Read(body.AsSpan(start), true, out int length)) != MultipartEvent.End; start += length)
        {
            if (next == MultipartEvent.Refused)
                throw new InvalidOperationException($"The body is refused: {reader.Error}.");
        }
    }

    private static void Search(byte[] body)
    {
        ReadOnlySpan<byte> delimiter = Encoding.ASCII.GetBytes("\r\n--" + Boundary), rest = body;
        while (rest.IndexOf(delimiter) is >= 0 and int at)
        {
            rest = rest[(at + delimiter.Length)..];
            int head = rest.IndexOf("\r\n\r\n"u8);
            if (head < 0)
                return;
            rest = rest[(head + 4)..];
        }
    }

    private static byte[] Body()
    {
        var text = new StringBuilder();
        for (int i = 0; text.Length < RuleLimits.Default.BodyBytesMax - PartBytesMax; i++)
            text.Append($"--{Boundary}\r\nContent-Disposition: form-data; name=\"field-{i}\"\r\n\r\n{new string((char)('a' + (i % 26)), 64)}\r\n");
        return Encoding.ASCII.GetBytes(text.Append($"--{Boundary}--\r\n").ToString());
    }
}
