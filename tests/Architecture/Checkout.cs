using E3.Relay.Testing;

namespace E3.Relay.Architecture.Tests;

/// <summary>Walks the checkout's own files, past everything that is built or downloaded.</summary>
internal static class Checkout
{
    /// <summary>What git ignores: it may lie in the checkout and is not part of it.</summary>
    public static readonly string[] NotOurs = [".git", ".e3", ".vs", ".vscode", ".idea", "artifacts", "bin", "obj", "node_modules", "TestResults"];

    /// <summary>The parts whose code a user runs.</summary>
    public static readonly string[] ProductFolders = ["enclave", "helper", "proxy", "rules", "samples"];

    /// <summary>Paths of files below the root, relative to it, with slashes, sorted.</summary>
    public static List<string> Files(string extension) => [.. Below(new DirectoryInfo(Repository.Root), "", extension).Order(StringComparer.Ordinal)];

    /// <summary>True for a relative path in one of <see cref="ProductFolders"/>.</summary>
    public static bool IsProduct(string path) => ProductFolders.Any(folder => path.StartsWith(folder + "/", StringComparison.Ordinal));

    public static string Read(string path) => File.ReadAllText(Repository.PathOf(path));

    private static IEnumerable<string> Below(DirectoryInfo folder, string prefix, string extension)
    {
        foreach (var file in folder.EnumerateFiles("*" + extension))
            yield return prefix + file.Name;

        foreach (var child in folder.EnumerateDirectories().Where(child => !NotOurs.Contains(child.Name) && child.LinkTarget is null))
        {
            foreach (var file in Below(child, prefix + child.Name + "/", extension))
                yield return file;
        }
    }
}
