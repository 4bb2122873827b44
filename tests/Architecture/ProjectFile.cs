using System.Xml.Linq;

namespace E3.Relay.Architecture.Tests;

/// <summary>A project file as it is written, before MSBuild makes anything of it.</summary>
/// <param name="Path">Relative to the root, with slashes.</param>
/// <param name="Sdk">The SDK that it names.</param>
/// <param name="References">Projects that it references in any way but as started programs; paths relative to the root.</param>
/// <param name="Started">Projects whose programs it starts.</param>
/// <param name="Foreign">Items that would let code in past the project references: assemblies by path, sources of other folders, imports.</param>
internal sealed record ProjectFile(string Path, string Sdk, IReadOnlyList<string> References, IReadOnlyList<string> Started, IReadOnlyList<string> Foreign)
{
    public string Folder => Path[..Path.LastIndexOf('/')];

    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public bool IsTest => Path.StartsWith("tests/", StringComparison.Ordinal);

    /// <summary>Every project of the checkout.</summary>
    public static List<ProjectFile> All() => [.. Checkout.Files(".csproj").Select(path => Parse(path, Checkout.Read(path)))];

    public static ProjectFile Parse(string path, string xml)
    {
        var root = XDocument.Parse(xml).Root!;
        var folder = path[..path.LastIndexOf('/')];
        List<string> Includes(string item) => [.. root.Descendants(item).Select(element => Resolve(folder, element.Attribute("Include")?.Value ?? ""))];

        List<string> foreign =
        [
            .. root.Descendants("Reference").Concat(root.Descendants("Import")).Select(element => element.ToString()),
            .. root.Descendants("Compile").Where(element => element.Attribute("Include")?.Value.Contains("..", StringComparison.Ordinal) == true).Select(element => element.ToString()),
        ];
        return new(path, root.Attribute("Sdk")?.Value ?? "", Includes("ProjectReference"), Includes("StartedProgramReference"), foreign);
    }

    private static string Resolve(string folder, string include) =>
        System.IO.Path.GetRelativePath("/", System.IO.Path.GetFullPath(include.Replace('\\', '/'), "/" + folder));
}
