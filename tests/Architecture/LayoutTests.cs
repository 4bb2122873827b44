using System.Text.RegularExpressions;
using System.Xml.Linq;
using E3.Relay.Testing;

namespace E3.Relay.Architecture.Tests;

public sealed partial class LayoutTests
{
    private static readonly string[] TopLevel =
    [
        ".ci", ".github", "docs", "enclave", "helper", "proxy", "rules", "samples", "tests",
        ".dockerignore", ".editorconfig", ".gitattributes", ".gitignore",
        "BannedSymbols.txt", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "E3.Relay.sln", "global.json",
        "appsettings.json", "appsettings.Development.json", "Dockerfile", "LICENSE", "README.md",
    ];

    [Fact]
    public void TopLevel_HasOnlyTheNamesAllowed()
    {
        var names = new DirectoryInfo(Repository.Root).EnumerateFileSystemInfos().Select(entry => entry.Name).Except(Checkout.NotOurs).ToArray();
        Assert.NotEmpty(names);
        Assert.Empty(names.Except(TopLevel));
    }

    [Fact]
    public void ProjectFile_NeverLiesAboveAnothersFolder()
    {
        var folders = ProjectFile.All().Select(project => project.Folder + "/").ToArray();
        Assert.NotEmpty(folders);
        Assert.Equal(folders.Distinct(), folders);
        Assert.Empty(
            from upper in folders
            from lower in folders
            where upper != lower && lower.StartsWith(upper, StringComparison.Ordinal)
            select $"{upper} is above {lower}");
    }

    [Fact]
    public void Solution_HasEveryProjectAndNoOther()
    {
        var listed = SolutionProject().Matches(Checkout.Read("E3.Relay.sln")).Select(match => match.Groups["path"].Value.Replace('\\', '/')).Order(StringComparer.Ordinal);
        var present = ProjectFile.All().Select(project => project.Path).ToArray();
        Assert.NotEmpty(present);
        Assert.Equal(present, listed);
    }

    [Fact]
    public void ProductProject_HasATestProjectAndShowsItsInternalsOnlyToTests()
    {
        var projects = ProjectFile.All();
        var tests = projects.Where(project => project.IsTest).Select(project => project.Name).ToHashSet();
        foreach (var product in projects.Where(project => !project.IsTest))
        {
            Assert.Contains(product.Name + ".Tests", tests);
            var friends = XDocument.Parse(Checkout.Read(product.Path)).Descendants("InternalsVisibleTo").Select(item => item.Attribute("Include")!.Value);
            Assert.Empty(friends.Except(tests));
        }
    }

    [Fact]
    public void LockFile_IsBesideEveryProject() =>
        Assert.All(ProjectFile.All(), project => Assert.True(File.Exists(Repository.PathOf(project.Folder, "packages.lock.json")), project.Path));

    [GeneratedRegex("""= "[^"]+", "(?<path>[^"]+\.csproj)",""")]
    private static partial Regex SolutionProject();
}
