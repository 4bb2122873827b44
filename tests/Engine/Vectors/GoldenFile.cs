using System.Text.Json;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Engine.Tests.Vectors;

/// <summary>The language-neutral files in <c>tests/vectors</c>; <c>docs/spec/tokens.md</c> describes those that are read here.</summary>
internal static class GoldenFile
{
    public static JsonElement Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf("tests", "vectors", file)));
        return document.RootElement.Clone();
    }

    public static TheoryData<string> Names(JsonElement file, string section, string name) =>
        [.. file.GetProperty(section).EnumerateArray().Select(vector => vector.Text(name))];

    public static JsonElement Find(JsonElement file, string section, string name, string value) =>
        file.GetProperty(section).EnumerateArray().Single(vector => vector.Text(name) == value);

    public static string Text(this JsonElement vector, string property) => vector.GetProperty(property).GetString()!;

    public static byte[] Bytes(this JsonElement vector, string property) => Convert.FromHexString(vector.Text(property));

    public static byte Byte(this JsonElement vector, string property) => vector.GetProperty(property).GetByte();

    public static bool Flag(this JsonElement vector, string property) => vector.GetProperty(property).GetBoolean();
}
