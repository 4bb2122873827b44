using System.Text.Json;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Protocol.Tests;

/// <summary>The language-neutral files in <c>tests/vectors</c>: byte strings in hexadecimal, 64-bit numbers as decimal text.</summary>
internal static class Vectors
{
    public static TheoryData<string> Names(string file, string section, string name = "name") =>
        [.. Read(file).GetProperty(section).EnumerateArray().Select(vector => vector.GetProperty(name).GetString()!)];

    public static JsonElement Find(string file, string section, string value, string name = "name") =>
        Read(file).GetProperty(section).EnumerateArray().Single(vector => vector.GetProperty(name).GetString() == value);

    public static byte[] Bytes(this JsonElement vector, string property) => Convert.FromHexString(vector.Text(property));

    public static string Text(this JsonElement vector, string property) => vector.GetProperty(property).GetString()!;

    public static ulong Number(this JsonElement vector, string property) => ulong.Parse(vector.Text(property), System.Globalization.CultureInfo.InvariantCulture);

    public static string[] Texts(this JsonElement vector, string property) => [.. vector.GetProperty(property).EnumerateArray().Select(item => item.GetString()!)];

    private static JsonElement Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf("tests", "vectors", file)));
        return document.RootElement.Clone();
    }
}
