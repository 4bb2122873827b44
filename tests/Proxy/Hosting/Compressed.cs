using System.IO.Compression;
using System.Text;
using E3.Relay.Proxy.Codings;
using E3.Relay.Proxy.Pipeline;
using ZstdSharp;

namespace E3.Relay.Proxy.Tests.Hosting;

/// <summary>Bodies in content codings, made and undone without the code under test.</summary>
internal static class Compressed
{
    public static TheoryData<string> Names => ["gzip", "x-gzip", "GZip", "deflate", "br", "zstd"];

    public static byte[] Make(string coding, string text) => Make(coding, Encoding.UTF8.GetBytes(text));

    public static byte[] Make(string coding, byte[] plain)
    {
        using var output = new MemoryStream();
        // .NET's streams write nothing at all for nothing.
        if (plain.Length == 0 && coding is "gzip" or "deflate")
            return Convert.FromHexString(coding == "gzip" ? "1F8B080000000000000303000000000000000000" : "789C030000000001");
        if (plain.Length == 0 && coding == "br")
            return [0x3B];
        using (Stream stream = Compressing(coding, output))
            stream.Write(plain);
        return output.ToArray();
    }

    public static string Undo(string coding, byte[] body) => Encoding.UTF8.GetString(UndoBytes(coding, body));

    public static byte[] UndoBytes(string coding, byte[] body)
    {
        using Stream stream = Decompressing(coding, new MemoryStream(body));
        using var plain = new MemoryStream();
        stream.CopyTo(plain);
        return plain.ToArray();
    }

    /// <summary>Undoes a coding by the code under test.</summary>
    public static (DecodingResult Result, byte[] Plain) Decode(string coding, ReadOnlyMemory<byte> body, int bytesMax = 1 << 20, BufferBudget? budget = null)
    {
        using var plain = new PooledBuffer(budget ?? new BufferBudget(long.MaxValue));
        DecodingResult result = BodyCoder.Undo(CodingNames.Read(coding)!.Value, body, bytesMax, plain);
        return (result, plain.Written.ToArray());
    }

    private static Stream Compressing(string coding, Stream output) => coding.ToUpperInvariant() switch
    {
        "DEFLATE" => new ZLibStream(output, CompressionLevel.SmallestSize),
        "BR" => new BrotliStream(output, CompressionLevel.SmallestSize),
        "ZSTD" => new CompressionStream(output, 3),
        _ => new GZipStream(output, CompressionLevel.SmallestSize),
    };

    private static Stream Decompressing(string coding, Stream input) => coding.ToUpperInvariant() switch
    {
        "DEFLATE" => new ZLibStream(input, CompressionMode.Decompress),
        "BR" => new BrotliStream(input, CompressionMode.Decompress),
        "ZSTD" => new DecompressionStream(input),
        _ => new GZipStream(input, CompressionMode.Decompress),
    };
}
