using System.Text;
using E3.Relay.Rules.Multipart;

namespace E3.Relay.Rules.Tests.Multipart;

/// <summary>Reads whole bodies, shown in windows of any size, and puts all bytes together again.</summary>
internal static class MultipartBodies
{
    public const string Boundary = "----WebKitFormBoundary7MA4YWxk";

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>A body of parts, each given as header lines and content.</summary>
    public static string Body(params (string Head, string Content)[] parts) =>
        string.Concat(parts.Select(static part => $"--{Boundary}\r\n{part.Head}\r\n\r\n{part.Content}\r\n")) + $"--{Boundary}--\r\n";

    public static string Field(string name) => $"Content-Disposition: form-data; name=\"{name}\"";

    /// <summary>Reads a body of which more and more arrives.</summary>
    public static (MultipartError Error, List<(MultipartPart Part, byte[] Content)> Parts) Read(byte[] body, int atOnce = int.MaxValue)
    {
        var reader = new MultipartReader(Bytes(Boundary));
        var parts = new List<(MultipartPart Part, List<byte> Content)>();
        var all = new List<byte>();
        int start = 0, arrived = Math.Min(atOnce, body.Length);
        while (true)
        {
            MultipartEvent next = reader.Read(body.AsSpan(start, arrived - start), arrived == body.Length, out int length);
            ReadOnlySpan<byte> bytes = body.AsSpan(start, length);
            all.AddRange(bytes);
            start += length;
            Assert.Equal(start, reader.Position);
            switch (next)
            {
                case MultipartEvent.Part:
                    parts.Add((reader.Part!, []));
                    break;
                case MultipartEvent.Content or MultipartEvent.PartEnd:
                    parts[^1].Content.AddRange(bytes);
                    break;
                case MultipartEvent.NeedMore:
                    Assert.True(arrived < body.Length, "there is no more");
                    arrived += Math.Min(atOnce, body.Length - arrived);
                    break;
                case MultipartEvent.End:
                    Assert.Equal(body, all);
                    return (MultipartError.None, Contents());
                default:
                    Assert.NotEqual(MultipartError.None, reader.Error);
                    Assert.Equal(MultipartEvent.Refused, reader.Read(body, true, out _));
                    return (reader.Error, Contents());
            }
        }

        List<(MultipartPart, byte[])> Contents() => [.. parts.Select(static part => (part.Part, part.Content.ToArray()))];
    }
}
