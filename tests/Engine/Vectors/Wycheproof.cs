using System.Text.Json;
using E3.Relay.Testing;

namespace E3.Relay.Enclave.Engine.Tests.Vectors;

/// <summary>A file of Wycheproof (C2SP), which lies beside the checkout or not at all.</summary>
internal static class Wycheproof
{
    /// <summary>Runs each vector of the groups that are chosen, and counts.</summary>
    /// <param name="file">The file.</param>
    /// <param name="suite">What the count calls it.</param>
    /// <param name="rest">Why the groups that are not chosen are not.</param>
    /// <param name="isUsed">Whether the product can meet a group's parameters.</param>
    /// <param name="run">Asserts that a vector is judged rightly.</param>
    public static void Run(string file, string suite, string rest, Func<JsonElement, bool> isUsed, Action<JsonElement, JsonElement> run)
    {
        string relative = "wycheproof/" + file;
        Assert.SkipUnless(Suites.TryPath(relative, out string? path), Suites.Missing(relative));
        using JsonDocument all = JsonDocument.Parse(File.ReadAllBytes(path!));
        int passed = 0;
        foreach (JsonElement group in all.RootElement.GetProperty("testGroups").EnumerateArray().Where(isUsed))
        {
            foreach (JsonElement vector in group.GetProperty("tests").EnumerateArray())
            {
                run(group, vector);
                passed++;
            }
        }

        int count = all.RootElement.GetProperty("numberOfTests").GetInt32();
        Assert.InRange(passed, 1, count);
        PassedVectors.Report(suite, passed, count, passed == count ? "" : rest);
    }

    public static bool IsValid(this JsonElement vector) => vector.Text("result") == "valid";

    public static string Id(this JsonElement vector) => $"tcId {vector.GetProperty("tcId").GetInt32()}";
}
