using E3.Relay.Testing;

namespace E3.Relay.Fuzz;

/// <summary>The inputs that are kept in the repository: one file each, in a folder for each target.</summary>
internal static class Corpus
{
    /// <summary>The corpus of a target, in the order of the files' names.</summary>
    public static byte[][] Read(string target) => [.. Directory.GetFiles(Folder(target)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];

    private static string Folder(string target) => Repository.PathOf("tests", "Fuzz", "corpus", target);
}
